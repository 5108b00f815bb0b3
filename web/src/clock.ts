// The server's clock, learned from the envelopes' whole seconds.
//
// An envelope stamped S was made at some true server time in [S, S + 1 s), between our sending and
// receiving. Each answer therefore bounds the offset; bounds only get tighter. While 0 lies inside
// them the two clocks are taken to agree.

let lower = Number.NEGATIVE_INFINITY;
let upper = Number.POSITIVE_INFINITY;

/** `timestamp` in Unix seconds as in the envelope; `sentAt`, `receivedAt` in local milliseconds. */
export function noteServerTime(timestamp: number, sentAt: number, receivedAt: number): void {
  const nextLower = timestamp * 1000 - receivedAt;
  const nextUpper = timestamp * 1000 + 1000 - sentAt;
  if (nextLower > upper || nextUpper < lower) {
    // One of the two clocks was set; what we knew is void.
    lower = nextLower;
    upper = nextUpper;
    return;
  }
  lower = Math.max(lower, nextLower);
  upper = Math.min(upper, nextUpper);
}

/** Milliseconds to add to the local clock. */
export function clockOffset(): number {
  return Math.min(Math.max(0, lower), upper);
}

export function serverNow(): number {
  return Date.now() + clockOffset();
}

export function forgetServerTime(): void {
  lower = Number.NEGATIVE_INFINITY;
  upper = Number.POSITIVE_INFINITY;
}
