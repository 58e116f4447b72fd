import { createRandom } from '@ais/runtime';
import type { MetricsLine } from '../src/run/metrics-log.js';

/** A metric's mean at a share of the run, and the noise of a batch. */
export type Curve = (progress: number) => number;

export interface ConstructedRun {
  readonly seed?: number;
  readonly steps?: number;
  /** Evaluations after the one at the start. */
  readonly points?: number;
  /** By name: the mean along the run and the standard deviation of a batch; the first batch has no noise, as ratios to oneself have none. */
  readonly train: Readonly<Record<string, readonly [mean: Curve, noise: number]>>;
  /** By name: along the run, without noise. */
  readonly evaluated?: Readonly<Record<string, Curve>>;
}

/** The metrics of a run that goes as it is told to. */
export function constructedRun({
  seed = 1,
  steps = 120,
  points = 5,
  train,
  evaluated = {},
}: ConstructedRun): MetricsLine[] {
  const random = createRandom(seed, 'constructed run');
  const evaluation = (step: number): MetricsLine => ({
    event: 'evaluate',
    step,
    epoch: step / steps,
    ...Object.fromEntries(Object.entries(evaluated).map(([name, curve]) => [name, curve(step / steps)])),
  });
  const every = Math.round(steps / points);
  const lines: MetricsLine[] = [evaluation(0)];
  for (let step = 1; step <= steps; step++) {
    const progress = (step - 1) / (steps - 1);
    const metrics = Object.entries(train).map(([name, [mean, noise]]) => [
      name,
      mean(progress) + (step > 1 ? noise * random.normal() : 0),
    ]);
    lines.push({ event: 'train', step, epoch: step / steps, ...Object.fromEntries(metrics) });
    if (step % every === 0) lines.push(evaluation(step));
  }
  return lines;
}

/** From one value to another, in a straight line. */
export const line =
  (from: number, to: number): Curve =>
  (progress) =>
    from + (to - from) * progress;

/** A win rate over `prompts` prompts, with its normal 95 % interval. */
export function winRateCurves(rate: Curve, prompts = 400): Record<string, Curve> {
  const half = (progress: number): number =>
    1.96 * Math.sqrt((rate(progress) * (1 - rate(progress))) / prompts);
  return {
    eval_win_rate: rate,
    eval_win_rate_low: (progress) => rate(progress) - half(progress),
    eval_win_rate_high: (progress) => rate(progress) + half(progress),
  };
}
