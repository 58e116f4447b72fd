import type { StudyData } from '../data/study-data.js';
import type { ChartMethod, ChartPoint, MethodChart } from '../figures/method-chart.js';
import type { Estimate } from '../measures/point-estimates.js';

/** A chart of a study with what a reader must know beside it. */
export interface NamedChart {
  /** Unique among all studies; the file's name. */
  readonly name: string;
  readonly chart: MethodChart;
  readonly caption: string;
}

/** What the error bands of a study cover. */
export function intervalCaption(study: StudyData, prompts: number): string {
  const { seeds } = study;
  return seeds.length > 1
    ? `95 % intervals over ${seeds.length} seeds and ${prompts} prompts`
    : `95 % intervals over the ${prompts} prompts of one seed; the luck of training is not in them`;
}

/** The range of the values with a margin, inside the bounds. */
export function domainOf(
  values: readonly number[],
  least: number = Number.NEGATIVE_INFINITY,
  most: number = Number.POSITIVE_INFINITY,
): [number, number] {
  const finite = values.filter(Number.isFinite);
  const low = finite.length > 0 ? Math.min(...finite) : 0;
  const high = finite.length > 0 ? Math.max(...finite) : 1;
  const margin = 0.06 * (high - low) || 0.05 * Math.abs(high) || 0.5;
  return [Math.max(least, low - margin), Math.min(most, high + margin)];
}

/** The range of positive values on a logarithmic axis, with a margin. */
export function logDomainOf(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const margin = (Math.max(...positive) / Math.min(...positive)) ** 0.05;
  return [Math.min(...positive) / margin, Math.max(...positive) * margin];
}

/** Everything that a chart draws vertically. */
export function heights(methods: readonly ChartMethod[]): number[] {
  return methods.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low, high]));
}

export function widths(methods: readonly ChartMethod[]): number[] {
  return methods.flatMap(({ points }) => points.flatMap(({ x, xLow = x, xHigh = x }) => [x, xLow, xHigh]));
}

export function chartPoint(
  x: number,
  { value, low, high }: Estimate,
  description: string,
  end: boolean = false,
): ChartPoint {
  return { x, y: value, low, high, end, description };
}
