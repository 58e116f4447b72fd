import * as tf from '@tensorflow/tfjs-core';
import { KlInputError } from './kl-input-error.js';

/**
 * Which divergence between the policy's p and the reference's q:
 * `reverse` KL(p‖q) (the one that preference optimization penalizes), `forward` KL(q‖p),
 * `jensen-shannon` ½KL(p‖m) + ½KL(q‖m) with m = ½(p + q).
 */
export type Divergence = 'reverse' | 'forward' | 'jensen-shannon';

export interface ExactKlOptions {
  /** Which divergence; `reverse` where absent. */
  readonly divergence?: Divergence;
  /**
   * How many elements a temporary may hold (default 2²⁰, 4 MiB); rows are taken in groups that fit, one row at least.
   * About ten temporaries of this size exist at once, whatever the number of rows.
   */
  readonly chunkElements?: number;
}

const defaultChunkElements = 2 ** 20;

/**
 * The exact divergence between the next-token distributions of two models, over the full vocabulary.
 *
 * KL(p‖q) = Σ_v p_v·(log p_v − log q_v), with log p and log q the log-softmax of the logits.
 *
 * Rows are worked on in chunks, so beside the two inputs no third [rows, vocab] tensor is ever made. Where even the
 * two inputs are too many, give it a few responses at a time: {@link summarizeSums} joins the parts.
 * A measurement: it has no gradient (TensorFlow.js traces no comparison); to penalize KL in training, sum the
 * squared log-ratio of sampled tokens, whose gradient at on-policy samples is that of the KL.
 *
 * @param policyLogits [..., vocab], float32, unnormalized log-probabilities of the policy
 * @param referenceLogits the same shape, of the reference
 * @returns [...], in nats, one value for each row: neither summed nor averaged; never negative.
 *   A token that both models mask with −∞ contributes nothing; one that only the reference masks gives +∞.
 * @throws KlInputError `SHAPE` where the shapes differ or there is no vocabulary axis, `OPTION` for a bad option
 * @example
 * const policy = tf.tensor2d([[Math.log(0.5), Math.log(0.5)]]);
 * const reference = tf.tensor2d([[Math.log(0.25), Math.log(0.75)]]);
 * const divergence = exactKl(policy, reference);
 * console.log(divergence.shape); // [ 1 ]
 * console.log(divergence.dataSync()[0]?.toFixed(4)); // 0.1438
 * @see Xu Chen et al., "Mitigating reward over-optimization with importance sampling", section 4 (the KL axis)
 */
export function exactKl(
  policyLogits: tf.Tensor,
  referenceLogits: tf.Tensor,
  options: ExactKlOptions = {},
): tf.Tensor {
  const { divergence = 'reverse', chunkElements = defaultChunkElements } = options;
  checkShapes(policyLogits, referenceLogits);
  const rowDivergence = rowDivergences[divergence];
  if (!rowDivergence) {
    throw new KlInputError(
      'OPTION',
      `exactKl knows no divergence "${divergence}"; use reverse, forward or jensen-shannon.`,
    );
  }
  if (!(chunkElements >= 1)) {
    throw new KlInputError('OPTION', `exactKl needs chunkElements of at least 1, got ${chunkElements}.`);
  }

  const leadingShape = policyLogits.shape.slice(0, -1);
  const vocabulary = policyLogits.shape[policyLogits.rank - 1] ?? 0;
  const rows = leadingShape.reduce((product, size) => product * size, 1);
  if (rows === 0) return tf.zeros(leadingShape);

  return tf.tidy(() => {
    const policy = tf.reshape(policyLogits, [rows, vocabulary]);
    const reference = tf.reshape(referenceLogits, [rows, vocabulary]);
    const chunkRows = Math.max(1, Math.floor(chunkElements / vocabulary));
    const pieces: tf.Tensor1D[] = [];
    for (let start = 0; start < rows; start += chunkRows) {
      const size = Math.min(chunkRows, rows - start);
      pieces.push(
        tf.tidy(() =>
          rowDivergence(
            tf.logSoftmax(tf.slice(policy, [start, 0], [size, vocabulary])),
            tf.logSoftmax(tf.slice(reference, [start, 0], [size, vocabulary])),
          ),
        ),
      );
    }
    return tf.reshape(tf.concat(pieces), leadingShape);
  });
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
 * d ≪ 0 nor loses the mass of q where p underflows.
 */
export function klTerms(logP: tf.Tensor, logQ: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const p = tf.exp(logP);
    const d = tf.sub(logP, logQ);
    const series = tf.mul(
      tf.mul(p, tf.square(d)),
      tf.sub(1 / 2, tf.mul(d, tf.sub(1 / 6, tf.mul(d, tf.sub(1 / 24, tf.mul(d, 1 / 120)))))),
    );
    const q = tf.exp(logQ);
    const direct = tf.relu(tf.add(tf.sub(q, p), tf.mul(p, d)));
    const far = tf.where(tf.greater(p, 0), direct, q);
    return tf.where(tf.less(tf.abs(d), 0.25), series, far);
  });
}

function checkShapes(policyLogits: tf.Tensor, referenceLogits: tf.Tensor): void {
  const policy = policyLogits.shape;
  const reference = referenceLogits.shape;
  if (policy.length !== reference.length || policy.some((size, axis) => size !== reference[axis])) {
    throw new KlInputError(
      'SHAPE',
      `the policy's logits have shape [${policy.join(', ')}] and the reference's [${reference.join(', ')}]; ` +
        'score the same tokens with both models.',
    );
  }
  if (policy.length === 0 || policy[policy.length - 1] === 0) {
    throw new KlInputError(
      'SHAPE',
      `logits need a last axis over the vocabulary, got the shape [${policy.join(', ')}].`,
    );
  }
}
