import type { DemoSettings } from './demo-settings.js';

/** How far a stage has come. */
export interface StageProgress {
  /** The stage, in the same words from its first report to its last. */
  readonly task: string;
  readonly completed: number;
  readonly total: number;
  /** A live figure beside it: a loss, a win rate. */
  readonly detail?: string;
}

/** What every stage of the demo is given. */
export interface DemoContext {
  /** The run directory. */
  readonly directory: string;
  readonly settings: DemoSettings;
  readonly signal: AbortSignal;
  readonly progress: (progress: StageProgress) => void;
}
