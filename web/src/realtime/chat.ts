import type { ChatMessage, LiveEvent } from './events';

/** Written messages in order, at most `KEPT`; the newest last. */
export type ChatLog = readonly ChatMessage[];

export const KEPT = 500;

/** The union by id, in order of writing (ids are UUIDv7, so that they break ties). */
export function merge(log: ChatLog, more: readonly ChatMessage[]): ChatLog {
  if (more.length === 0) return log;
  const byId = new Map(log.map((message) => [message.id, message]));
  for (const message of more) {
    const known = byId.get(message.id);
    // A deletion is final: an older copy of the text must not bring it back.
    if (known?.is_deleted !== true) byId.set(message.id, message);
  }
  return [...byId.values()].sort(inOrder).slice(-KEPT);
}

function inOrder(a: ChatMessage, b: ChatMessage): number {
  const at = Date.parse(a.created_at) - Date.parse(b.created_at);
  if (at !== 0) return at;
  return a.id < b.id ? -1 : 1;
}

export function withChatEvent(log: ChatLog, event: LiveEvent): ChatLog {
  switch (event.type) {
    case 'chat.message':
      return merge(log, [event.data]);
    case 'chat.deleted': {
      const gone = new Set(event.data.ids);
      return log.map((message) =>
        gone.has(message.id)
          ? { ...message, message: '', attachment: null, pinned_at: null, is_deleted: true, deleted_by: event.data.by ?? null }
          : message,
      );
    }
    case 'chat.pinned':
      return log.map((message) => (message.id === event.data.id ? { ...message, pinned_at: event.data.pinned_at } : message));
    case 'chat.cleared': {
      const before = Date.parse(event.data.before);
      return log.filter((message) => Date.parse(message.created_at) >= before);
    }
    default:
      return log;
  }
}
