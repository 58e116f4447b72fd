/** How many tokens back a policy looks: a number, or all of them. */
export type ContextLength = number | 'full';

/** The point that the exact study measures its main effects about. */
export interface ExactBase {
  readonly length: number;
  readonly context: ContextLength;
  readonly beta: number;
  readonly pairs: number;
  readonly flips: number;
}

/** How the exact study trains each policy. */
export interface ExactTraining {
  readonly updates: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Evenly spaced evaluations, the start not counted. */
  readonly evaluations: number;
}

/** Rows as numbers, so that thousands of them make a small file; words are their places in a list. */
export interface ExactTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
}
