import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault, Unreachable } from '../api/envelope';
import type { Seat } from '../api/queries';
import { aSession } from '../test/builders';
import { SeatKeeper } from './seat';

function aSeat(change: Partial<Seat> = {}): Seat {
  return {
    session: aSession({ status: 'live' }),
    role: 'viewer',
    admission: 'admitted',
    delivery: 'webrtc',
    identity: 'u.1',
    token: null,
    livekit_url: null,
    hls_url: null,
    external_url: null,
    expires_at: null,
    attendance_id: null,
    permissions: {},
    on_stage: false,
    realtime: { url: 'wss://hall.test', token: 'rt', channels: [] },
    ...change,
  };
}

const over = new Fault(409, { code: 'invalid_state', message: '' });

function keeperWith(...answers: (Seat | Error)[]) {
  const join = vi.fn(() => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as Seat);
  });
  const leave = vi.fn();
  return { keeper: new SeatKeeper({ join, leave }), join, leave };
}

describe('a seat', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is asked for again while the person waits to be let in', async () => {
    const { keeper } = keeperWith(aSeat({ admission: 'waiting' }), aSeat());
    await keeper.join();
    expect(keeper.snapshot().phase).toBe('waiting');
    await vi.advanceTimersByTimeAsync(3000);
    expect(keeper.snapshot().phase).toBe('seated');
  });

  it('is asked for again while the server is away', async () => {
    const { keeper } = keeperWith(new Unreachable(null), aSeat());
    await keeper.join();
    expect(keeper.snapshot().phase).toBe('away');
    await vi.advanceTimersByTimeAsync(3000);
    expect(keeper.snapshot().phase).toBe('seated');
  });

  it('stays on screen when the server goes away', async () => {
    const { keeper } = keeperWith(aSeat(), new Unreachable(null));
    await keeper.join();
    await keeper.join();
    expect(keeper.snapshot().phase).toBe('seated');
    keeper.giveUp();
  });

  it('is lost when the server refuses it', async () => {
    const { keeper } = keeperWith(over);
    await keeper.join();
    expect(keeper.snapshot()).toEqual({ phase: 'refused', seat: null, fault: over });
  });

  it('is given back once', async () => {
    const { keeper, leave } = keeperWith(aSeat());
    await keeper.join();
    keeper.giveUp();
    keeper.giveUp();
    expect(leave).toHaveBeenCalledTimes(1);
  });

  it('is given back when the answer comes after the page left', async () => {
    const { keeper, leave } = keeperWith(aSeat());
    const joining = keeper.join();
    keeper.giveUp();
    await joining;
    expect(leave).toHaveBeenCalledTimes(1);
  });

  it('keeps its media token when the hub asks for another token', async () => {
    const { keeper } = keeperWith(aSeat({ token: 'first' }), aSeat({ token: 'second' }));
    await keeper.join();
    await keeper.renew();
    expect(keeper.snapshot().seat?.token).toBe('first');
  });

  it('keeps asking for the delivery that works', async () => {
    const { keeper, join } = keeperWith(aSeat());
    await keeper.join('hls');
    await keeper.join();
    expect(join).toHaveBeenLastCalledWith('hls');
  });
});
