import type { Tensor1D } from '@tensorflow/tfjs-core';

/** What a response's log-ratio becomes before the margin is taken. */
export interface FDivergence {
  readonly name: string;
  /** The score of each log-ratio r, [batch] to [batch], differentiable; only differences of scores matter. */
  score(ratios: Tensor1D): Tensor1D;
  /** The log-ratio below which `score` continues along its tangent, to stay finite; absent if there is none. */
  readonly tangentBelow?: number;
  /** The log-ratio above which `score` continues along its tangent. */
  readonly tangentAbove?: number;
}
