import type { MessageId } from '../i18n/text';
import type { Role, Status } from './calls';

export const roleWords: Record<Role, MessageId> = {
  co_host: 'invited.role.co_host',
  moderator: 'invited.role.moderator',
  speaker: 'invited.role.speaker',
  viewer: 'invited.role.viewer',
};
export const statusWords: Record<Status, MessageId> = {
  accepted: 'invited.status.accepted',
  invited: 'invited.status.invited',
  declined: 'invited.status.declined',
};
