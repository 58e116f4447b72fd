import type { Tensor1D } from '@tensorflow/tfjs-core';
import { refusal } from '../contract/check-option.js';
import { detach } from '../numerics/detach.js';
import { Tensor } from '../numerics/operations.js';

/**
 * The smoothing exponent α of an importance weight as a function of the response's length.
 *
 * Takes lengths in tokens, [batch], and returns α, [batch]; any function of this kind is a smoothing.
 * With α in [0, 1] the weight's mean is at most 1.
 */
export type Smoothing = (length: Tensor1D) => Tensor1D;

/**
 * Throws unless a smoothing is a function.
 *
 * @throws {ObjectivesError} `invalid-option`
 */
export function checkSmoothing(owner: string, smoothing: Smoothing): void {
  if (typeof smoothing === 'function') return;
  throw refusal(owner, 'smoothing', 'a function such as inverseLength()', smoothing);
}

/**
 * α of lengths, a constant.
 *
 * @throws {ObjectivesError} `invalid-option` where the smoothing returns no tensor, as inverseLength does without its parentheses
 */
export function alphaOf(owner: string, smoothing: Smoothing, length: Tensor1D): Tensor1D {
  const alpha: unknown = smoothing(length);
  if (alpha instanceof Tensor) return detach(alpha as Tensor1D);
  throw refusal(owner, 'smoothing', 'called, as in inverseLength(), or return a tensor', alpha);
}
