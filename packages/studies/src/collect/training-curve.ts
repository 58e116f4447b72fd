import type { MetricsLine } from '@ais/trainer/runs';
import type { TrainingPoint } from '../data/study-data.js';

/**
 * Metrics of the training steps, averaged over stretches of even length.
 *
 * @param stretches how many; one per step if there are fewer steps
 */
export function trainingCurve(lines: readonly MetricsLine[], stretches: number = 40): TrainingPoint[] {
  const steps = lines.filter(({ event }) => event === 'train');
  const count = Math.min(stretches, steps.length);
  return Array.from({ length: count }, (_, index) => {
    const end = Math.round(((index + 1) * steps.length) / count);
    const stretch = steps.slice(Math.round((index * steps.length) / count), end);
    const mean = (name: string): number | undefined => {
      const values = stretch.flatMap((line) => (typeof line[name] === 'number' ? [line[name]] : []));
      return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const meanWeight = mean('weights/mean');
    const effective = mean('weights/effective_sample_size');
    return {
      fraction: end / steps.length,
      loss: mean('loss') ?? Number.NaN,
      accuracy: mean('rewards/accuracies') ?? Number.NaN,
      ...(meanWeight !== undefined && { meanWeight }),
      ...(effective !== undefined && { effectiveSampleSize: effective }),
    };
  });
}
