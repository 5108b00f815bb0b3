import type { LiveEvent } from './events';

/** What many sent within a second. */
export interface Burst {
  id: string;
  emoji: string;
  count: number;
  /** When it came, by `performance.now()`. */
  at: number;
}

const KEPT = 24; // bursts; older ones have risen

/** The newest bursts after one more event. */
export function withApplause(bursts: readonly Burst[], event: Extract<LiveEvent, { type: 'chat.reaction' }>, at: number): readonly Burst[] {
  const come = Object.entries(event.data).map(([emoji, count]) => ({ id: event.id, emoji, count, at }));
  return [...bursts, ...come].slice(-KEPT);
}
