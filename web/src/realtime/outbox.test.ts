import { describe, expect, it, vi } from 'vitest';
import { Fault, Unreachable } from '../api/envelope';
import { Outbox } from './outbox';

const limited = new Fault(429, { code: 'rate_limited', message: '' }, 2);
const refused = new Fault(403, { code: 'feature_disabled', message: '' });

function outboxWith(answers: (Error | null)[]) {
  const sent: { text: string; clientId: string }[] = [];
  const waits: number[] = [];
  const outbox = new Outbox({
    send: (message) => {
      sent.push(message);
      const answer = answers.shift() ?? null;
      return answer === null ? Promise.resolve() : Promise.reject(answer);
    },
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { outbox, sent, waits };
}

describe('the outbox', () => {
  it('sends again with the same client id after silence', async () => {
    const { outbox, sent } = outboxWith([new Unreachable(null), new Unreachable(null)]);
    outbox.add('Hello');
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((message) => message.clientId)).size).toBe(1);
  });

  it('waits as long as a limit asks', async () => {
    const { outbox, waits } = outboxWith([limited]);
    outbox.add('Hello');
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(waits).toEqual([2000]);
  });

  it('shows a refusal and goes on with the next message', async () => {
    const { outbox, sent } = outboxWith([refused]);
    outbox.add('first');
    outbox.add('second');
    await vi.waitFor(() => expect(outbox.list()).toMatchObject([{ text: 'first', state: 'failed' }]));
    expect(sent.map((message) => message.text)).toEqual(['first', 'second']);
  });

  it('delivers in the order of writing', async () => {
    const { outbox, sent } = outboxWith([new Unreachable(null)]);
    outbox.add('first');
    outbox.add('second');
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(sent.map((message) => message.text)).toEqual(['first', 'first', 'second']);
  });

  it('tries a refused message again when asked', async () => {
    const { outbox, sent } = outboxWith([refused]);
    outbox.add('Hello');
    await vi.waitFor(() => expect(outbox.list()[0]?.state).toBe('failed'));
    outbox.again(outbox.list()[0]?.clientId ?? '');
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(sent).toHaveLength(2);
  });
});
