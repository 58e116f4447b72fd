import type { FindingCode } from '../diagnosis/finding.js';
import type { Metrics } from './training-metrics.js';

/** What a warning is about. */
export type WarningCode =
  | 'damaged-checkpoint'
  | 'restored-metrics'
  | 'stale-lock'
  | 'skipped-step'
  | 'loss-spike'
  | 'weight-collapse'
  /** What the run's metrics say, see `diagnose`. */
  | FindingCode;

/** What a caller learns after each step. */
export interface TrainingProgress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  /** Seconds since this call began, evaluation and checkpoints included. */
  readonly seconds: number;
  /** Steps done before this call began: the remaining time is `seconds / (step − resumedFrom) · (steps − step)`. */
  readonly resumedFrom: number;
  /** Seconds until the end at the pace of this call. */
  readonly remainingSeconds: number;
  /** What was written for this step; of a skipped step, what was written for the last one that was not. */
  readonly metrics: Metrics;
  /** What the last evaluation measured; nothing before the first. */
  readonly evaluation: Metrics;
  /** Steps skipped so far, see `nonFinite`. */
  readonly skipped: number;
}

/** What a run tells, by event. */
export interface TrainingEvents {
  /** The run directory is open and the state restored; no update of this call was made yet. */
  readonly start: {
    readonly directory: string;
    /** Updates done by earlier calls. */
    readonly step: number;
    readonly steps: number;
    /** Steps that earlier calls skipped. */
    readonly skipped: number;
  };
  /** An update was made, or skipped, and its line written. */
  readonly step: TrainingProgress;
  /** An evaluation was made and its line written. */
  readonly evaluate: {
    readonly step: number;
    readonly steps: number;
    readonly epoch: number;
    readonly metrics: Metrics;
    /** Whether it is the best one so far by the run's `selection`. */
    readonly best: boolean;
  };
  /** A checkpoint is whole and durable: writing continues in the background, so later steps may be done already. */
  readonly checkpoint: { readonly step: number; readonly directory: string };
  /** Something is odd, but no failure. */
  readonly warning: { readonly step: number; readonly code: WarningCode; readonly message: string };
  /** The last event of every run. */
  readonly end: {
    readonly step: number;
    /** `stopped`: by a callback or by the run's `selection`; `failed` comes with the error. */
    readonly reason: 'finished' | 'stopped' | 'interrupted' | 'failed';
    readonly error?: unknown;
  };
}

/** How a callback acts on the run that called it. */
export interface RunControl {
  /**
   * Ends the run as if it were finished: after the step it is at, with a checkpoint. From a `checkpoint` event, whose
   * step may lie back, the run ends after its next step.
   *
   * @param reason said in the result
   */
  stop(reason: string): void;
}

/**
 * Functions that a run calls, by event; one that returns a promise is waited for, and what it throws ends the run.
 *
 * @example
 * const patience: TrainingCallback = {
 *   step: ({ metrics }, run) => {
 *     if ((metrics['rewards/accuracies'] ?? 0) > 0.99) run.stop('every pair is ordered');
 *   },
 * };
 */
export type TrainingCallback = {
  readonly [Event in keyof TrainingEvents]?: (
    event: TrainingEvents[Event],
    run: RunControl,
  ) => void | Promise<void>;
};

/** Calls every callback of an event, one after another. */
export type Emit = <Event extends keyof TrainingEvents>(
  event: Event,
  details: TrainingEvents[Event],
) => Promise<void>;

/** Warns of what is odd but no failure. */
export type Warn = (code: WarningCode, message: string) => void;

/**
 * Tells warnings at once to a function, and to callbacks one after another.
 *
 * @param at the step that they are told of
 * @returns `warn`, for places that do not wait for callbacks; and what waits until all callbacks have heard
 */
export function warner(
  emit: Emit,
  at: { readonly step: number },
  onWarning: (message: string) => void,
): { readonly warn: Warn; readonly warned: () => Promise<void> } {
  let told = Promise.resolve();
  return {
    warn(code, message) {
      onWarning(message);
      const { step } = at;
      told = told.then(() => emit('warning', { step, code, message }));
      // Code that waits is told of a callback that throws; nothing may be waiting yet.
      told.catch(() => {});
    },
    warned: () => told,
  };
}

/** Ties callbacks to a run. All of them hear of its end, also where one throws then. */
export function emitter(callbacks: readonly TrainingCallback[], run: RunControl): Emit {
  return async (event, details) => {
    const errors: unknown[] = [];
    for (const callback of callbacks) {
      try {
        await callback[event]?.(details, run);
      } catch (error) {
        if (event !== 'end') throw error;
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
}
