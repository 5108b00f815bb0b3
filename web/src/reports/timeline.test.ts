import { describe, expect, it } from 'vitest';
import { areaPath, linePath, type Point, scaleTop } from './timeline';

const points = (...viewers: number[]): Point[] => viewers.map((count, minute) => ({ at: `2026-03-01T18:0${minute}:00.000Z`, viewers: count }));

describe('the line of those watching', () => {
  it.each([
    [[], 1],
    [[0, 0], 1],
    [[3], 5],
    [[10, 4], 10],
    [[143], 200],
    [[5001], 10_000],
  ])('of %j has a scale up to %i', (viewers, top) => {
    expect(scaleTop(points(...viewers))).toBe(top);
  });

  it('holds each number until the next one, and fills the width', () => {
    expect(linePath(points(0, 10, 5), 100, 50)).toBe('M0,50H50V0H100V25H100');
  });

  it('is flat over the whole width where there is one point', () => {
    expect(linePath(points(1), 100, 50)).toBe('M0,0H100');
  });

  it('is nothing without a point', () => {
    expect([linePath([], 100, 50), areaPath([], 100, 50)]).toEqual(['', '']);
  });

  it('is closed along the bottom to be filled', () => {
    expect(areaPath(points(1), 100, 50)).toBe('M0,0H100V50H0Z');
  });
});
