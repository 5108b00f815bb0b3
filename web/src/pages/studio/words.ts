import { Fault, Unreachable } from '../../api/envelope';
import type { LinkWords } from '../../components/ConnectionWords';
import type { MessageId } from '../../i18n/text';
import type { BroadcastState } from '../../media/broadcast';
import type { HubState } from '../../realtime/hub';

export function studioLink({ link, ending }: Omit<BroadcastState, 'room'>, hub: HubState): LinkWords {
  if (ending === 'elsewhere') return { state: 'lost', words: 'link.studioElsewhere' };
  if (ending === 'removed') return { state: 'lost', words: 'link.removed' };
  if (link === 'connecting' || link === 'idle') return { state: 'connecting', words: 'link.connecting' };
  if (link === 'reconnecting') return { state: 'reconnecting', words: 'link.studioReconnecting' };
  if (link === 'closed') return { state: 'lost', words: 'link.notSending' };
  if (hub === 'reconnecting') return { state: 'reconnecting', words: 'link.chatReconnecting' };
  return { state: 'connected', words: 'link.studioGood' };
}

export function problemWords(problem: unknown): MessageId {
  if (problem instanceof Unreachable) return 'fault.unreachable.text';
  if (!(problem instanceof Fault)) return 'studio.problem.media';
  switch (problem.code) {
    case 'room_busy':
      return 'studio.problem.busy';
    case 'media_unavailable':
      return 'studio.problem.mediaAway';
    case 'already_recording':
      return 'studio.problem.recording';
    case 'invalid_state':
      return 'studio.problem.noSource';
    default:
      return problem.status === 403 ? 'fault.forbidden.text' : 'fault.other.text';
  }
}
