import { TrainerError } from '../errors.js';
import { mean, sum } from '../run/mean.js';
import { ofTerm, termPrefixes } from '../run/term-metrics.js';
import type { WarningCode } from './training-callbacks.js';
import type { Metrics } from './training-metrics.js';

/** When a run warns of what it sees in its own metrics. */
export interface WatchOptions {
  /** Warns of a loss this many standard deviations above the mean of the last 50; 6 by default, `false` for never. */
  readonly lossSpike?: number | false;
  /** Warns of an effective sample size below this share of the batch; 0.1 by default, `false` for never. */
  readonly effectiveSampleSize?: number | false;
  /** Says in words what the metrics show, at evaluations and at the end of the run, see `diagnose`; `false` for never. */
  readonly diagnosis?: false;
}

/**
 * Checks when a run is to warn.
 *
 * @throws {TrainerError} `invalid-option`
 */
export function requireWatch({ lossSpike = false, effectiveSampleSize = false }: WatchOptions = {}): void {
  const refuse = (name: string, expected: string, value: unknown): never => {
    throw new TrainerError('invalid-option', `watch.${name} must be ${expected}, or false, got ${value}.`);
  };
  if (lossSpike !== false && !(lossSpike >= 0)) refuse('lossSpike', 'a number ≥ 0', lossSpike);
  if (effectiveSampleSize !== false && !(effectiveSampleSize >= 0 && effectiveSampleSize <= 1)) {
    refuse('effectiveSampleSize', 'a share from 0 to 1', effectiveSampleSize);
  }
}

export interface MonitorWarning {
  readonly code: WarningCode;
  readonly message: string;
}

const WINDOW = 50;
/** Fewer losses than these say little about what is usual. */
const LEAST = 20;

const EFFECTIVE = 'weights/effective_sample_size';

/** Watches a run's metrics. */
export interface Monitor {
  /** @returns what there is to warn of at this step */
  observe(step: number, metrics: Metrics): MonitorWarning[];
}

/**
 * Watches a run's metrics, step by step.
 *
 * Each warning is given at most once in 50 steps, so a lasting condition is not repeated at each of them.
 *
 * @param earlier the steps of earlier calls, in order: what was warned of then is not repeated either
 */
export function createMonitor(
  { lossSpike = 6, effectiveSampleSize = 0.1 }: WatchOptions = {},
  earlier: readonly { readonly step: number; readonly metrics: Metrics }[] = [],
): Monitor {
  const losses: number[] = [];
  const warned = new Map<WarningCode, number>();
  const due = (code: WarningCode, step: number): boolean => {
    if (step - (warned.get(code) ?? Number.NEGATIVE_INFINITY) < WINDOW) return false;
    warned.set(code, step);
    return true;
  };

  const monitor: Monitor = {
    observe(step, metrics) {
      const warnings: MonitorWarning[] = [];
      const { loss } = metrics;
      if (loss !== undefined && lossSpike !== false) {
        const { mean, deviation } = moments(losses);
        // Losses that hardly differ would make every tremor a spike.
        const usual = Math.max(deviation, 0.01 * Math.abs(mean));
        if (losses.length >= LEAST && loss > mean + lossSpike * usual && due('loss-spike', step)) {
          warnings.push({
            code: 'loss-spike',
            message:
              `The loss at step ${step} is ${loss.toPrecision(4)}; the last ${losses.length} average ` +
              `${mean.toPrecision(4)} ± ${deviation.toPrecision(2)}. If it does not come back: lower the learning rate, ` +
              'lengthen the warm-up, clip the gradient (maxGradientNorm), or look at the records of this step.',
          });
        }
        losses.push(loss);
        if (losses.length > WINDOW) losses.shift();
      }
      for (const prefix of termPrefixes(Object.keys(metrics), EFFECTIVE)) {
        const share = metrics[`${prefix}${EFFECTIVE}`] ?? 1;
        if (effectiveSampleSize === false || !(share < effectiveSampleSize)) continue;
        if (due('weight-collapse', step)) {
          warnings.push({
            code: 'weight-collapse',
            message:
              `The effective sample size${ofTerm(prefix)} at step ${step} is ${(100 * share).toFixed(1)} % of the batch: few pairs carry ` +
              'the update. Smooth the importance weights more (inverseLength(), or a smaller α), bound log w with clip, ' +
              'take larger batches, or stay closer to the reference with a larger β.',
          });
        }
      }
      return warnings;
    },
  };
  for (const { step, metrics } of earlier) monitor.observe(step, metrics);
  return monitor;
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const center = mean(values);
  const squares = sum(values.map((value) => (value - center) ** 2));
  return { mean: center, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
