import type { Tensor1D } from '@tensorflow/tfjs-core';

/**
 * The smoothing exponent α of an importance weight as a function of the response's length.
 *
 * Takes lengths in tokens, [batch], and returns α, [batch]; any function of this kind is a smoothing.
 * With α in [0, 1] the weight's mean is at most 1.
 */
export type Smoothing = (length: Tensor1D) => Tensor1D;
