import { DisconnectReason } from 'livekit-client';

/** Why a media connection ended, by what follows from it. */
export type Ending = 'again' | 'removed' | 'elsewhere' | 'over';

export function endingOf(reason: DisconnectReason | undefined): Ending {
  switch (reason) {
    case DisconnectReason.PARTICIPANT_REMOVED:
      return 'removed';
    case DisconnectReason.DUPLICATE_IDENTITY:
      return 'elsewhere';
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return 'over';
    default:
      return 'again';
  }
}
