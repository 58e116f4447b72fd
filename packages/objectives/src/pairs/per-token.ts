import * as tf from '@tensorflow/tfjs-core';
import type { ReferenceFreePairBatch } from '../contract/batch.js';
import type { LogRatios } from './pair-objective.js';

/** Sums over tokens as means over tokens, times a factor. */
export function perToken(
  { chosen, rejected }: LogRatios,
  { chosenLength, rejectedLength }: ReferenceFreePairBatch,
  factor = 1,
): LogRatios {
  return {
    chosen: tf.mul(factor, tf.div(chosen, chosenLength)),
    rejected: tf.mul(factor, tf.div(rejected, rejectedLength)),
  };
}
