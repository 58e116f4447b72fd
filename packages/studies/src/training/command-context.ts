import type { StageProgress } from '../stages/stage-context.js';

/** What a command runs in. */
export interface CommandContext {
  /** The run directory of a training command. */
  readonly directory: string;
  /** Go on with the run that the directory holds; begins it where there is none. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: StageProgress) => void;
  readonly onWarning: (message: string) => void;
}
