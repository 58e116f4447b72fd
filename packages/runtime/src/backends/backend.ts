import type { BackendName } from '../backend-name.js';

/** Why a back end does not run, and what would change that. */
export interface Obstacle {
  /** A clause that reads on after "because". */
  readonly reason: string;
  /** What to run or do; null where nothing on this machine would help. */
  readonly remedy: string | null;
}

export interface Backend {
  readonly name: BackendName;
  /** What TensorFlow.js calls it. */
  readonly engineName: string;
  /** Looks for an obstacle without loading anything that could not be unloaded; undefined where none is in sight. */
  inspect(): Promise<Obstacle | undefined>;
  /** Registers the back end with TensorFlow.js. */
  register(options: RegisterOptions): Promise<Obstacle | undefined>;
  /** Checks, once it runs, that it is what it claims to be. */
  confirm(): Obstacle | undefined;
  /** Versions of what this back end adds, by package or library. */
  versions(): Record<string, string>;
}

export interface RegisterOptions {
  /** Whether the user asked for this back end by name. */
  readonly chosen: boolean;
  /** Threads for kernels of our own on WASM. */
  readonly threads: number;
}
