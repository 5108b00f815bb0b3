import { describe, expect, it } from 'vitest';
import { fromInput, isUntouched, moved, toInput } from './times';

describe('moments in inputs', () => {
  it('are the same minute there and back, in whatever zone the reader is', () => {
    for (const moment of ['2026-01-31T23:59:00.000Z', '2026-03-29T01:30:00.000Z', '2026-07-04T00:00:00.000Z']) {
      expect(fromInput(toInput(moment))).toBe(moment);
    }
  });

  it('are empty where there is none', () => {
    expect([toInput(null), toInput(undefined), fromInput('')]).toEqual(['', '', null]);
  });

  it('are untouched though seconds are not shown', () => {
    const moment = '2026-01-31T10:20:45.123Z';
    expect(isUntouched(toInput(moment), moment)).toBe(true);
    expect(isUntouched('', moment)).toBe(false);
  });
});

describe('an end that goes along with a moved start', () => {
  const [from, end] = ['2026-03-28T18:00:00.000Z', '2026-03-28T19:30:00.000Z'];

  it('keeps what lies between, also over the change of clocks', () => {
    expect(moved(end, from, '2026-03-29T17:00:00.000Z')).toBe('2026-03-29T18:30:00.000Z');
  });

  it('stays as it is without a start before or after', () => {
    expect([moved(end, null, from), moved(end, from, null), moved(null, from, from)]).toEqual([end, end, null]);
  });
});
