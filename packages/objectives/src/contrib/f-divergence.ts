import type { Tensor1D } from '@tensorflow/tfjs-core';

/** What the log-ratio of a response is turned into before the margin is taken. */
export interface FDivergence {
  readonly name: string;
  /** The score of each log-ratio r, [batch] to [batch], differentiable; only differences of scores matter. */
  score(ratios: Tensor1D): Tensor1D;
  /** The log-ratio below which `score` goes on along its tangent, to stay finite; absent where it does not. */
  readonly tangentBelow?: number;
  /** The log-ratio above which `score` goes on along its tangent. */
  readonly tangentAbove?: number;
}
