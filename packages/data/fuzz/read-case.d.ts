import type { Target } from './targets.js';

export interface Tally {
  cases: number;
  accepted: number;
  differing: number;
  refused: Record<string, number>;
  /** Milliseconds. */
  slowest: number;
  findings: { case: number; file: string; kind: string; message: string }[];
}

export function emptyTally(): Tally;

export function readCase(options: {
  target: Target;
  seed: number;
  index: number;
  /** Where the file goes. */
  folder: string;
  tally: Tally;
}): Promise<void>;
