import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import { safeExponential } from '../numerics/safe-exponential.js';

/** The two parameters of VESPO's kernel. */
export interface VespoKernel {
  /** k, how steeply weights below 1 fall, at least 0. */
  readonly k: number;
  /** λ, how steeply weights above 1 fall, at least 0. */
  readonly lambda: number;
}

/** A kernel for each response of a pair. */
export interface VespoOptions {
  /** For chosen responses, whose probability rises; k = 2 and λ = 3 by default, as for positive advantages. */
  readonly chosen?: VespoKernel;
  /** For rejected responses, whose probability falls; k = 3 and λ = 2 by default, as for negative advantages. */
  readonly rejected?: VespoKernel;
}

/** The kernels of VESPO's authors, and of TRL. */
export const VESPO: Required<VespoOptions> = {
  chosen: { k: 2, lambda: 3 },
  rejected: { k: 3, lambda: 2 },
};

/**
 * Throws unless both parameters are finite and at least 0.
 *
 * @throws {ObjectivesError} `invalid-option`
 */
export function checkKernel(option: string, { k, lambda }: VespoKernel): void {
  const holds = (x: number): boolean => x >= 0 && Number.isFinite(x);
  checkOption('weightBounds', `${option}.k`, k, holds, 'a finite number ≥ 0');
  checkOption('weightBounds', `${option}.lambda`, lambda, holds, 'a finite number ≥ 0');
}

/**
 * log φ(W) = k·log W + λ·(1 − W), from log W; φ(1) = 1, and φ is largest at W = k/λ.
 *
 * @param logs log W, [batch]
 * @returns log φ, [batch], finite for any log W up to 1e24
 */
export function vespoKernel(logs: Tensor1D, { k, lambda }: VespoKernel): Tensor1D {
  return tf.add<Tensor1D>(tf.mul(k, logs), tf.mul(lambda, tf.sub(1, safeExponential(logs))));
}
