import type { Tensor1D } from '@tensorflow/tfjs-core';
import { refusal } from '../contract/check-option.js';
import { elementwise } from '../numerics/elementwise.js';

/**
 * The scalar function f of a direct alignment loss f(βρ), applied to each margin z = βρ.
 *
 * A new one needs a name and `value`, written with differentiable TensorFlow.js operations.
 */
export interface FLoss {
  readonly name: string;
  /** f(z), [batch] to [batch]. */
  value(margins: Tensor1D): Tensor1D;
  /** f′(z), [batch] to [batch]; by default the tape's gradient of `value`. */
  derivative?(margins: Tensor1D): Tensor1D;
  /** Whether f is convex. */
  readonly convex: boolean;
  /** The margin below which `value` gives f's tangent instead of f, to stay finite; absent if it gives f everywhere. */
  readonly tangentBelow?: number;
}

/** f(z), differentiated by the loss's own derivative if it has one. */
export function applyLoss(loss: FLoss, margins: Tensor1D): Tensor1D {
  const derivative = loss.derivative;
  if (!derivative) return loss.value(margins);
  return elementwise(
    (z) => loss.value(z),
    (z) => derivative.call(loss, z),
  )(margins);
}

/**
 * Throws unless an option is a loss.
 *
 * @throws {ObjectivesError} `invalid-option`
 */
export function checkLoss(owner: string, loss: FLoss): void {
  if (typeof loss?.value !== 'function') throw refusal(owner, 'loss', 'a loss such as logistic()', loss);
}
