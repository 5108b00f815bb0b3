import type { MessageId } from '../i18n/text';
import type { Export, Format, Kind } from './calls';

export const kindWords: Record<Kind, MessageId> = {
  attendance: 'exports.kind.attendance',
  registrations: 'exports.kind.registrations',
  chat: 'exports.kind.chat',
  questions: 'exports.kind.questions',
  polls: 'exports.kind.polls',
  report: 'exports.kind.report',
  audit: 'exports.kind.audit',
};
export const formatWords: Record<Format, MessageId> = { csv: 'exports.format.csv', xlsx: 'exports.format.xlsx', json: 'exports.format.json' };
export const stateWords: Record<Export['state'], MessageId> = { pending: 'exports.state.pending', ready: 'exports.state.ready', failed: 'exports.state.failed' };
export const reasonWords: Record<NonNullable<Export['reason']>, MessageId> = {
  forbidden: 'exports.reason.forbidden',
  not_found: 'exports.reason.notFound',
  not_made: 'exports.reason.notMade',
  storage_unavailable: 'exports.reason.storage',
};
