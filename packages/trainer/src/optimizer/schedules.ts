import { TrainerError } from '../errors.js';

/** Where a run is when an update is made. */
export interface SchedulePosition {
  /** Updates done before this one, from 0. */
  readonly step: number;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Updates over which the learning rate rises from 0. */
  readonly warmupSteps: number;
}

/** How the learning rate moves along a run. `name` and `settings` are what a run's config.json records. */
export interface Schedule {
  readonly name: string;
  readonly settings: Readonly<Record<string, number>>;
  /** The factor on the learning rate, in [0, 1]. */
  ratio(position: SchedulePosition): number;
}

/**
 * Keeps the learning rate as it is after the warm-up.
 *
 * `ratio(k) = min(1, k / warmupSteps)`, so that the first update of a run with warm-up has rate 0, as in
 * `transformers`' `get_constant_schedule_with_warmup`.
 *
 * @example
 * constantSchedule().ratio({ step: 5, steps: 100, warmupSteps: 10 }); // 0.5
 */
export function constantSchedule(): Schedule {
  return schedule('constant', {}, () => 1);
}

/**
 * Lowers the learning rate linearly to `minimumRatio` of itself after the warm-up.
 *
 * `ratio(k) = m + (1 − m)·(1 − p)`, `p = (k − warmupSteps) / (steps − warmupSteps)`; with m = 0 this is
 * `transformers`' `get_linear_schedule_with_warmup`.
 *
 * @param options.minimumRatio m, in [0, 1]; 0 by default
 * @throws {TrainerError} `invalid-option` where the ratio lies outside [0, 1]
 * @example
 * console.log(linearSchedule().ratio({ step: 55, steps: 100, warmupSteps: 10 }).toFixed(2)); // 0.50
 */
export function linearSchedule(options: { readonly minimumRatio?: number } = {}): Schedule {
  const minimumRatio = checkedRatio(options.minimumRatio ?? 0);
  return schedule(
    'linear',
    { minimumRatio },
    (progress) => minimumRatio + (1 - minimumRatio) * (1 - progress),
  );
}

/**
 * Lowers the learning rate along half a cosine to `minimumRatio` of itself after the warm-up.
 *
 * `ratio(k) = m + (1 − m)·½(1 + cos πp)`, `p = (k − warmupSteps) / (steps − warmupSteps)`; this is
 * `transformers`' `get_cosine_with_min_lr_schedule_with_warmup`.
 *
 * @param options.minimumRatio m, in [0, 1]; 0 by default
 * @throws {TrainerError} `invalid-option` where the ratio lies outside [0, 1]
 * @example
 * console.log(cosineSchedule().ratio({ step: 55, steps: 100, warmupSteps: 10 }).toFixed(2)); // 0.50
 */
export function cosineSchedule(options: { readonly minimumRatio?: number } = {}): Schedule {
  const minimumRatio = checkedRatio(options.minimumRatio ?? 0);
  return schedule(
    'cosine',
    { minimumRatio },
    (progress) => minimumRatio + (1 - minimumRatio) * 0.5 * (1 + Math.cos(Math.PI * progress)),
  );
}

/**
 * The number of warm-up updates, from a number of steps or from a fraction of the run (rounded up, as `transformers` does).
 *
 * @throws {TrainerError} `invalid-option` where both are given, or one is out of range
 */
export function resolveWarmupSteps(
  steps: number,
  options: { readonly warmupSteps?: number; readonly warmupFraction?: number },
): number {
  const { warmupSteps, warmupFraction } = options;
  if (warmupSteps !== undefined && warmupFraction !== undefined) {
    throw new TrainerError('invalid-option', 'Give warmupSteps or warmupFraction, not both.');
  }
  if (warmupFraction !== undefined) {
    if (!(warmupFraction >= 0 && warmupFraction <= 1)) {
      throw new TrainerError('invalid-option', `warmupFraction must be in [0, 1], got ${warmupFraction}.`);
    }
    return Math.ceil(steps * warmupFraction);
  }
  if (warmupSteps !== undefined && !(Number.isInteger(warmupSteps) && warmupSteps >= 0)) {
    throw new TrainerError('invalid-option', `warmupSteps must be an integer ≥ 0, got ${warmupSteps}.`);
  }
  return warmupSteps ?? 0;
}

function schedule(
  name: string,
  settings: Readonly<Record<string, number>>,
  afterWarmup: (progress: number) => number,
): Schedule {
  return {
    name,
    settings,
    ratio({ step, steps, warmupSteps }) {
      if (step < warmupSteps) return step / warmupSteps;
      return afterWarmup(Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps)));
    },
  };
}

function checkedRatio(value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new TrainerError('invalid-option', `minimumRatio must be in [0, 1], got ${value}.`);
}
