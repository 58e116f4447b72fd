import * as tf from '@tensorflow/tfjs-core';
import type { Divergence } from './divergence.js';

/**
 * Row divergences by tensor operations, for native TensorFlow and for back ends that keep their tensors on a device.
 *
 * @param policyLogits [rows, vocabulary]
 * @param referenceLogits the same shape
 * @returns [rows]
 */
export function tensorDivergence(
  policyLogits: tf.Tensor2D,
  referenceLogits: tf.Tensor2D,
  divergence: Divergence,
): tf.Tensor1D {
  return tf.tidy(() =>
    rowDivergences[divergence](tf.logSoftmax(policyLogits), tf.logSoftmax(referenceLogits)),
  );
}

const rowDivergences: Record<Divergence, (logP: tf.Tensor, logQ: tf.Tensor) => tf.Tensor1D> = {
  reverse: (logP, logQ) => tf.sum(klTerms(logP, logQ), -1),
  forward: (logP, logQ) => tf.sum(klTerms(logQ, logP), -1),
  'jensen-shannon': (logP, logQ) => {
    const larger = tf.maximum(logP, logQ);
    // log ½(p + q) without leaving the log domain; −|p − q| keeps the exponential at most 1.
    const logMean = tf.add(
      larger,
      tf.log(tf.mul(0.5, tf.add(1, tf.exp(tf.sub(tf.minimum(logP, logQ), larger))))),
    );
    const masked = tf.equal(larger, Number.NEGATIVE_INFINITY);
    const mean = tf.where(masked, larger, logMean);
    return tf.sum(tf.mul(0.5, tf.add(klTerms(logP, mean), klTerms(logQ, mean))), -1);
  },
};

/**
 * The terms p·(e^(−d) − 1 + d), d = log p − log q, of a KL divergence.
 *
 * They sum to Σ p·d, because Σ q = Σ p = 1, and unlike p·d each of them is non-negative: nothing cancels between
 * tokens, so near-equal policies, where KL ≈ ½·E[d²], keep their digits instead of drowning in the rounding of d.
 * Near d = 0 the terms are taken from their Taylor series, elsewhere as q − p + p·d, which neither overflows for
 * d ≪ 0 nor loses the mass of q where p underflows, and is far above its rounding there, at least p/35.
 */
function klTerms(logP: tf.Tensor, logQ: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const p = tf.exp(logP);
    const d = tf.sub(logP, logQ);
    const series = tf.mul(
      tf.mul(p, tf.square(d)),
      tf.sub(1 / 2, tf.mul(d, tf.sub(1 / 6, tf.mul(d, tf.sub(1 / 24, tf.mul(d, 1 / 120)))))),
    );
    const q = tf.exp(logQ);
    const direct = tf.add(tf.sub(q, p), tf.mul(p, d));
    // NaN has to stay: it is neither 0 nor above, and a rectifier may take it for 0.
    const far = tf.where(tf.equal(p, 0), q, direct);
    return tf.where(tf.less(tf.abs(d), 0.25), series, far);
  });
}
