import type { components } from '../api/schema';

export type Point = components['schemas']['AttendancePoint'];

/** The top of the scale: a round number that no point goes beyond, 1 at least. */
export function scaleTop(points: readonly Point[]): number {
  const most = Math.max(1, ...points.map(({ viewers }) => viewers));
  const step = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((each) => each * step).find((top) => top >= most) ?? most;
}

/**
 * The line over time as an SVG path, from left to right over `width` and between 0 (`height`) and the scale's top (0).
 * A point holds until the next one, as presence does. Empty where there is no point.
 */
export function linePath(points: readonly Point[], width: number, height: number): string {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  const top = scaleTop(points);
  const begins = Date.parse(first.at);
  const lasts = Math.max(1, Date.parse(last.at) - begins);
  const x = ({ at }: Point) => round(((Date.parse(at) - begins) / lasts) * width);
  const y = ({ viewers }: Point) => round(height - (viewers / top) * height);
  const steps = points.slice(1).map((point) => `H${x(point)}V${y(point)}`);
  return `M0,${y(first)}${steps.join('')}H${width}`;
}

/** The same line closed along the bottom, to be filled. */
export function areaPath(points: readonly Point[], width: number, height: number): string {
  const line = linePath(points, width, height);
  return line === '' ? '' : `${line}V${height}H0Z`;
}

const round = (value: number) => Math.round(value * 10) / 10;
