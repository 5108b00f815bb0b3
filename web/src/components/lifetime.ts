/** Whole seconds from `now` (ms) until a moment, 0 once it has passed. */
export function secondsLeft(until: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
}
