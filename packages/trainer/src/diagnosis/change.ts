import { mean, sum } from '../run/mean.js';

/** A value at a step. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/** A mean over a stretch of a run. */
export interface Level {
  readonly mean: number;
  readonly standardError: number;
  /** The first and the last step of the stretch. */
  readonly from: number;
  readonly to: number;
}

/** How a metric moved between the first third of a run and its last. */
export interface Change {
  readonly before: Level;
  readonly after: Level;
  readonly difference: number;
  readonly standardError: number;
  readonly direction: 'up' | 'down' | 'within noise';
}

/** With fewer points a third is too short to know its own noise. */
const LEAST = 18;
/** A difference counts from this many standard errors, that of a normal distribution: several metrics are asked at once. */
const STRICT = 3;

/**
 * Compares the mean of the first third with that of the last one.
 *
 * A move counts if it exceeds three standard errors, stretched to Student's t for short runs. The error of a third comes
 * from its own scatter: from n·(1 − a)/(1 + a) independent values where neighbors correlate by a > 0, so that a slow drift
 * is not taken for many agreeing measurements. A move also counts if nine tenths of the last third lie beyond every value
 * of the first: a loss that explodes scatters too much for any standard error, and is no less plain to see.
 *
 * @returns nothing for fewer than 18 points
 */
export function changeOf(points: readonly Point[]): Change | undefined {
  if (points.length < LEAST) return undefined;
  const third = Math.floor(points.length / 3);
  const [first, last] = [points.slice(0, third), points.slice(-third)];
  const found = change(levelOf(first), levelOf(last), studentQuantile(STRICT, 2 * (third - 1)));
  return found.direction === 'within noise' ? { ...found, direction: separation(first, last) } : found;
}

/** Where nine tenths of some values lie with respect to all of others. */
function separation(first: readonly Point[], last: readonly Point[]): Change['direction'] {
  const low = first.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = first.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const most = 0.9 * last.length;
  if (last.filter(({ value }) => value > high).length >= most) return 'up';
  return last.filter(({ value }) => value < low).length >= most ? 'down' : 'within noise';
}

/** A change between two levels whose errors are known. */
export function change(before: Level, after: Level, errors: number = STRICT): Change {
  const difference = after.mean - before.mean;
  const standardError = Math.hypot(before.standardError, after.standardError);
  const direction =
    Math.abs(difference) <= errors * standardError ? 'within noise' : difference > 0 ? 'up' : 'down';
  return { before, after, difference, standardError, direction };
}

/** The last third of a run; nothing for fewer than 18 points. */
export function lateLevel(points: readonly Point[]): Level | undefined {
  return points.length < LEAST ? undefined : levelOf(points.slice(-Math.floor(points.length / 3)));
}

/** The mean of some points, with its standard error. */
export function levelOf(points: readonly Point[]): Level {
  const values = points.map(({ value }) => value);
  const center = mean(values);
  const deviations = values.map((value) => value - center);
  const squares = sum(deviations.map((deviation) => deviation ** 2));
  const products = sum(deviations.slice(1).map((deviation, index) => deviation * (deviations[index] ?? 0)));
  const correlation = squares === 0 ? 0 : Math.max(0, products / squares);
  const independent = Math.max(1, (values.length * (1 - correlation)) / (1 + correlation));
  return {
    mean: center,
    standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / independent),
    from: points[0]?.step ?? 0,
    to: points.at(-1)?.step ?? 0,
  };
}

/** The quantile of Student's t at the probability where a normal one has z, by Abramowitz and Stegun 26.7.5. */
function studentQuantile(z: number, freedom: number): number {
  const first = (z ** 3 + z) / (4 * freedom);
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
  return z + first + second;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
