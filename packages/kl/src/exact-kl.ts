import * as tf from '@tensorflow/tfjs-core';
import { checkDivergence, type Divergence } from './divergence.js';
import { KlError } from './errors.js';
import { hostDivergence } from './host-divergence.js';
import { requireBackend } from './require-backend.js';
import { tensorDivergence } from './tensor-divergence.js';

/** Options of `exactKl`. */
export interface ExactKlOptions {
  /** Which divergence; `reverse` by default. */
  readonly divergence?: Divergence;
  /**
   * Number of elements that a temporary tensor may hold (2²⁰, 4 MiB, by default); rows are processed in groups that fit, at
   * least one row at a time. A few temporaries of this size exist at once, whatever the number of rows.
   */
  readonly chunkElements?: number;
}

const defaultChunkElements = 2 ** 20;

/** Logits that are computed on demand, a few rows at a time, so that no [rows, vocab] tensor of them ever exists. */
export interface LogitRows {
  /** [rows, vocab] */
  readonly shape: readonly [rows: number, vocab: number];
  /** The logits of `size` rows from `start` on, [size, vocab]: a new tensor, which the caller disposes of. */
  slice(start: number, size: number): tf.Tensor2D;
}

/**
 * The exact divergence between the next-token distributions of two models, over the full vocabulary.
 *
 * KL(p‖q) = Σ_v p_v·(log p_v − log q_v), with log p and log q the log-softmax of the logits.
 *
 * Rows are processed in chunks, so no third [rows, vocab] tensor is made besides the two inputs. If even the two inputs
 * are too large, pass {@link LogitRows}, such as a model's `responseLogitRows`: then only a chunk of each exists at once.
 * On the WASM and CPU back ends a loop sums the rows in double precision, elsewhere tensor operations do so in float32.
 *
 * This is a measurement: it has no gradient. To penalize KL in training, use half the squared log-ratio of tokens sampled from
 * the policy, whose expected gradient is that of the KL.
 *
 * @param policyLogits [..., vocab], float32, unnormalized log-probabilities of the policy: a tensor, or rows on demand
 * @param referenceLogits the same shape, of the reference
 * @returns [...], in nats, one value per row, neither summed nor averaged; never negative.
 *   A token that both models mask with −∞ contributes nothing; one that only the reference masks gives +∞, unless the policy's
 *   probability of it rounds to 0. NaN, and rows without any finite logit, give NaN.
 * @throws {KlError} `invalid-shape` if the shapes differ or there is no vocabulary axis, `invalid-option` for a bad option,
 *   `missing-backend` if no back end is registered
 * @example
 * const policy = tf.tensor2d([[Math.log(0.5), Math.log(0.5)]]);
 * const reference = tf.tensor2d([[Math.log(0.25), Math.log(0.75)]]);
 * const divergence = exactKl(policy, reference);
 * console.log(divergence.shape); // [ 1 ]
 * console.log(divergence.dataSync()[0]?.toFixed(4)); // 0.1438
 * @see "Mitigating reward over-optimization in direct alignment algorithms with adaptive importance sampling", section 4.1
 */
export function exactKl(
  policyLogits: tf.Tensor | LogitRows,
  referenceLogits: tf.Tensor | LogitRows,
  options: ExactKlOptions = {},
): tf.Tensor {
  const { divergence = 'reverse', chunkElements = defaultChunkElements } = options;
  requireBackend('exactKl');
  requireLogits('policy', policyLogits);
  requireLogits('reference', referenceLogits);
  checkShapes(policyLogits, referenceLogits);
  checkDivergence(divergence);
  if (!(chunkElements >= 1)) {
    throw new KlError('invalid-option', `chunkElements must be ≥ 1, got ${chunkElements}.`);
  }

  const leadingShape = policyLogits.shape.slice(0, -1);
  const vocabulary = policyLogits.shape.at(-1) ?? 0;
  const rows = leadingShape.reduce((product, size) => product * size, 1);
  if (rows === 0) return tf.zeros(leadingShape);

  return tf.tidy(() => {
    const policy = logitRows(policyLogits, rows, vocabulary);
    const reference = logitRows(referenceLogits, rows, vocabulary);
    const chunkRows = Math.max(1, Math.floor(chunkElements / vocabulary));
    const pieces: tf.Tensor1D[] = [];
    const onHost = loopIsFaster();
    const values = new Float32Array(onHost ? rows : 0);
    for (let start = 0; start < rows; start += chunkRows) {
      const size = Math.min(chunkRows, rows - start);
      if (onHost) {
        const [p, q] = [policy, reference].map((logits) => read(logits.slice(start, size)));
        hostDivergence(
          p as Float32Array,
          q as Float32Array,
          vocabulary,
          divergence,
          values.subarray(start, start + size),
        );
      } else {
        pieces.push(
          tf.tidy(() =>
            tensorDivergence(policy.slice(start, size), reference.slice(start, size), divergence),
          ),
        );
      }
    }
    if (onHost) return tf.tensor(values, leadingShape);
    return tf.reshape(tf.concat(pieces), leadingShape);
  });
}

function logitRows(logits: tf.Tensor | LogitRows, rows: number, vocabulary: number): LogitRows {
  if (!(logits instanceof tf.Tensor)) return logits;
  const matrix: tf.Tensor2D = tf.reshape(tf.cast(logits, 'float32'), [rows, vocabulary]);
  return {
    shape: [rows, vocabulary],
    slice: (start, size) => tf.slice(matrix, [start, 0], [size, vocabulary]),
  };
}

function read(chunk: tf.Tensor2D): Float32Array {
  const values = chunk.dataSync<'float32'>();
  chunk.dispose();
  return values;
}

/** Whether composed tensor operations are slower than one loop over the values: WASM and plain JavaScript. */
function loopIsFaster(): boolean {
  return ['wasm', 'cpu'].includes(tf.getBackend());
}

function requireLogits(whose: string, logits: tf.Tensor | LogitRows | null | undefined): void {
  const fault = (what: string): KlError =>
    new KlError(
      'invalid-shape',
      `the logits of the ${whose} ${what}; pass a tensor [..., vocab], or rows on demand ({ shape, slice }).`,
    );
  if (!Array.isArray(logits?.shape)) throw fault(logits == null ? 'are missing' : 'are not a tensor');
  if (logits instanceof tf.Tensor && logits.isDisposed) throw fault('are a tensor that has been disposed of');
}

function checkShapes(
  { shape: policy }: Pick<LogitRows, 'shape'> | tf.Tensor,
  { shape: reference }: Pick<LogitRows, 'shape'> | tf.Tensor,
): void {
  if (policy.length !== reference.length || policy.some((size, axis) => size !== reference[axis])) {
    throw new KlError(
      'invalid-shape',
      `the policy's logits have shape [${policy.join(', ')}] and the reference's [${reference.join(', ')}]; ` +
        'score the same tokens with both models.',
    );
  }
  if (policy.length === 0 || policy.at(-1) === 0) {
    throw new KlError(
      'invalid-shape',
      `logits need a last axis over the vocabulary, got shape [${policy.join(', ')}].`,
    );
  }
}
