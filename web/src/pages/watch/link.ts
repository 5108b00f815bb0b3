import type { LinkWords } from '../../components/ConnectionWords';
import type { StreamState } from '../../realtime/events';
import type { HubState } from '../../realtime/hub';
import type { SeatState } from '../../realtime/seat';

export type Picture = 'connecting' | 'waitingForHost' | 'playing' | 'reconnecting' | 'delayed';

interface Standing {
  seat: SeatState;
  picture: Picture;
  hub: HubState;
  streamState: StreamState;
}

/** The one line that says how things stand; what hurts most comes first. */
export function audienceLink({ seat, picture, hub, streamState }: Standing): LinkWords {
  if (seat.phase === 'away') return { state: 'reconnecting', words: 'link.serverAway' };
  if (seat.phase === 'refused' || seat.phase === 'left') return { state: 'lost', words: 'link.out' };
  if (seat.phase !== 'seated') return { state: 'connecting', words: 'link.connecting' };
  if (picture === 'reconnecting') return { state: 'reconnecting', words: 'link.reconnecting' };
  if (picture === 'connecting') return { state: 'connecting', words: 'link.connecting' };
  if (hub === 'reconnecting') return { state: 'reconnecting', words: 'link.chatReconnecting' };
  if (streamState === 'interrupted') return { state: 'connected', words: 'link.hostInterrupted' };
  if (picture === 'waitingForHost') return { state: 'connected', words: 'link.waitingForHost' };
  if (picture === 'delayed') return { state: 'connected', words: 'link.delayed' };
  return { state: 'connected', words: 'link.good' };
}
