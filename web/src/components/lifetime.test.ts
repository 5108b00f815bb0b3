import { expect, it } from 'vitest';
import { secondsLeft } from './lifetime';

const until = '2026-03-01T18:01:00.000Z';

it.each([
  ['2026-03-01T18:00:00.000Z', 60],
  ['2026-03-01T18:00:59.999Z', 1],
  ['2026-03-01T18:01:00.000Z', 0],
  ['2026-03-01T19:00:00.000Z', 0],
])('at %s there are %i seconds left', (now, left) => {
  expect(secondsLeft(until, Date.parse(now))).toBe(left);
});
