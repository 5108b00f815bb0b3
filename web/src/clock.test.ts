import { beforeEach, describe, expect, it } from 'vitest';
import { clockOffset, forgetServerTime, noteServerTime } from './clock';

describe("the server's clock", () => {
  beforeEach(forgetServerTime);

  it('is taken to agree while an answer allows it', () => {
    noteServerTime(100, 100_200, 100_300);
    expect(clockOffset()).toBe(0);
  });

  it('is ahead by at least what an answer proves', () => {
    noteServerTime(105, 100_200, 100_300);
    expect(clockOffset()).toBe(4700);
  });

  it('is behind by at least what an answer proves', () => {
    noteServerTime(95, 100_200, 100_300);
    expect(clockOffset()).toBe(-4200);
  });

  it('is believed anew when a clock was set', () => {
    noteServerTime(100, 100_200, 100_300);
    noteServerTime(3700, 100_400, 100_500);
    expect(clockOffset()).toBe(3_599_500);
  });
});
