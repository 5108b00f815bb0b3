import { describe, expect, it } from 'vitest';
import { aMessage, anEvent } from '../test/builders';
import { KEPT, merge, withChatEvent } from './chat';

describe('the chat log', () => {
  const first = aMessage({ id: '01', created_at: '2026-03-01T18:00:01.000Z' });
  const second = aMessage({ id: '02', created_at: '2026-03-01T18:00:02.000Z' });
  const third = aMessage({ id: '03', created_at: '2026-03-01T18:00:02.000Z' });

  it('is the same from old messages and events as read anew', () => {
    const events = [
      anEvent('chat.message', 4, third),
      anEvent('chat.message', 4, second),
      anEvent('chat.message', 4, second),
      anEvent('chat.deleted', 4, { ids: ['01'], by: 'ada' }),
    ];
    const fresh = [{ ...first, message: '', is_deleted: true, deleted_by: 'ada' }, second, third];
    expect(events.reduce(withChatEvent, merge([], [first]))).toEqual(fresh);
  });

  it('never brings back a deleted text', () => {
    const gone = { ...first, message: '', is_deleted: true };
    expect(merge([gone], [first])).toEqual([gone]);
  });

  it('drops what was cleared', () => {
    expect(withChatEvent([first, second], anEvent('chat.cleared', 4, { before: second.created_at }))).toEqual([second]);
  });

  it('keeps a bounded number, the newest', () => {
    const many = Array.from({ length: KEPT + 5 }, (_, n) =>
      aMessage({ id: String(n).padStart(5, '0'), created_at: new Date(n).toISOString() }),
    );
    const kept = merge([], many);
    expect(kept).toHaveLength(KEPT);
    expect(kept.at(-1)?.id).toBe(many.at(-1)?.id);
  });
});
