import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { PairBatch } from './batch.js';
import { detach } from './numerics/detach.js';

/** r(y) = log π_θ(y|x) − log π_ref(y|x) of both responses of each pair, [batch], summed over tokens. */
export interface LogRatios {
  readonly chosen: Tensor1D;
  readonly rejected: Tensor1D;
}

/** r(y_w) and r(y_l); the reference is a constant, gradients reach the policy alone. */
export function logRatios(batch: PairBatch): LogRatios {
  return {
    chosen: tf.sub(batch.policyChosen, detach(batch.referenceChosen)),
    rejected: tf.sub(batch.policyRejected, detach(batch.referenceRejected)),
  };
}
