import type { ProcessGroup } from '@ais/trainer';

/** How far a piece of work is. */
export interface PipelineProgress {
  /** What is worked on, in the same words from its first report to its last. */
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
