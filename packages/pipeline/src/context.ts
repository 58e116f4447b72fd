import { basename } from 'node:path';
import type { ProcessGroup } from '@ais/trainer';

/** How far a piece of work is. */
export interface PipelineProgress {
  /** Task name; constant across reports. */
  readonly task: string;
  readonly completed: number;
  readonly total: number;
  /** A live figure: a loss, a win rate. */
  readonly detail?: string;
}

/** What every step is given besides its settings and inputs. */
export interface StepContext {
  /** What the step is called in reports of its progress. */
  readonly title: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PipelineProgress) => void;
  /** Told in words what was truncated, skipped, or unusual, together with the setting responsible. */
  readonly onWarning: (message: string) => void;
}

/** Where a step that trains works: its run directory, and whether it may resume the run in it. */
export interface RunContext extends StepContext {
  readonly directory: string;
  readonly resume: boolean;
  /** The command that was given, which the run records. */
  readonly commandLine?: string;
  /** Processes that train together, each of which runs the step; one by default. Rank 0 alone writes. */
  readonly group?: ProcessGroup;
}

/** What a step that writes one file is given: all but the run directory. */
export type FileContext = Omit<RunContext, 'directory'>;

/**
 * What a step needs besides its settings, with defaults: nothing interrupts it, progress is not shown, and warnings are printed on
 * standard error.
 *
 * @param given what differs, for example a `signal` or `onProgress`
 * @example
 * const { signal } = new AbortController(); // abort() interrupts the work, which can be resumed
 * const context = stepContext({ signal, onProgress: ({ task, completed, total }) => console.error(task, completed, total) });
 * console.log(context.resume); // false
 */
export function stepContext(given: Partial<FileContext> = {}): FileContext {
  return {
    title: 'step',
    resume: false,
    signal: new AbortController().signal,
    onProgress: () => {},
    onWarning: (message) => console.warn(message),
    ...given,
  };
}

/**
 * The same for a step that trains, in its run directory.
 *
 * @param directory of the run, made if there is none; a run that it already holds is an error without `resume: true`
 * @example
 * console.log(runContext('runs/sft').title); // sft
 */
export function runContext(directory: string, given: Partial<FileContext> = {}): RunContext {
  return { ...stepContext({ title: basename(directory), ...given }), directory };
}
