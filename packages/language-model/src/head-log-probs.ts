import * as tf from '@tensorflow/tfjs-core';
import { normalize, normalizeGradient } from './layer-norm.js';
import {
  multiply,
  type PreparedMatrix,
  prepareMatrix,
  sumOfRows,
  transposedProduct,
} from './matrix-products.js';
import { addUpRows, takeRows } from './row-selection.js';

/** Logits in memory at once, at most. */
const CHUNK_BYTES = 32 * 2 ** 20;

/** Final LayerNorm and output matrix. */
export interface OutputHead {
  readonly gain: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
  readonly epsilon: number;
  /** [vocabulary, hidden] */
  readonly weight: tf.Tensor2D;
}

/** Which log-probabilities are wanted: pick k is log π(targets[k]) at row rows[k]; `rows` does not fall. */
export interface Picks {
  readonly rows: Int32Array;
  readonly targets: Int32Array;
}

export interface HeadLogProbs {
  /** log π of each pick, [picks]. */
  readonly logProbs: tf.Tensor1D;
  /** log Σ_v π(v)² at each pick's row, [picks], where asked for. */
  readonly logCollision?: tf.Tensor1D;
  /** softmax of the logits, a chunk of rows each, where it was to be kept. */
  readonly probabilities: tf.Tensor2D[];
}

/** LN(hidden)·Wᵀ: [rows, hidden] → [rows, vocabulary], whole. */
export function headLogits(hidden: tf.Tensor2D, head: OutputHead, prepared?: PreparedMatrix): tf.Tensor2D {
  return tf.tidy(() => multiply(applyNorm(hidden, head).output, prepared ?? prepareMatrix(head.weight)));
}

/** Bytes that keeping the probabilities takes. */
export function bytesOfProbabilities(rowCount: number, head: OutputHead): number {
  return 4 * rowCount * head.weight.shape[0];
}

/**
 * log π(v | row) = z_v − log Σ_u exp z_u with z = LN(hidden)·Wᵀ, for the picked v only.
 *
 * Rows go through in chunks, so [rows, vocabulary] never exists whole. With p = softmax z,
 * log Σ exp z = max z − log max p: exact where exp of z would overflow, and softmax is one fused kernel where
 * exp is a slow one.
 */
export function headLogProbs(
  hidden: tf.Tensor2D,
  head: OutputHead,
  picks: Picks,
  { keep, collision }: { readonly keep: boolean; readonly collision: boolean },
): HeadLogProbs {
  const result = tf.tidy(() => {
    const { output } = applyNorm(hidden, head);
    const matrix = prepareMatrix(head.weight);
    const logProbs: tf.Tensor1D[] = [];
    const collisions: tf.Tensor1D[] = [];
    const kept: tf.Tensor2D[] = [];
    for (const chunk of chunks(hidden.shape[0], head, picks)) {
      const { rows, targets, from, count } = chunk;
      const parts = tf.tidy(() => {
        const logits = multiply(tf.slice(output, [from, 0], [count, -1]), matrix);
        const probabilities = tf.softmax(logits) as tf.Tensor2D;
        const logSum = tf.sub(tf.max(logits, 1), tf.log(tf.max(probabilities, 1))) as tf.Tensor1D;
        const at = new Int32Array(2 * rows.length);
        rows.forEach((row, index) => {
          at[2 * index] = row;
          at[2 * index + 1] = targets[index] as number;
        });
        const picked = tf.gatherND(logits, tf.tensor2d(at, [rows.length, 2], 'int32'));
        const rowOfPick = tf.tensor1d(rows, 'int32');
        const parts: tf.Tensor[] = [tf.sub(picked, tf.gather(logSum, rowOfPick))];
        if (collision) {
          parts.push(tf.gather(tf.log(tf.sum(tf.square(probabilities), 1)), rowOfPick));
        }
        if (keep) parts.push(probabilities);
        return parts;
      });
      logProbs.push(parts.shift() as tf.Tensor1D);
      if (collision) collisions.push(parts.shift() as tf.Tensor1D);
      if (keep) kept.push(parts.shift() as tf.Tensor2D);
    }
    const whole = (parts: tf.Tensor1D[]): tf.Tensor1D =>
      parts.length === 1 ? (parts[0] as tf.Tensor1D) : tf.concat(parts);
    return {
      logProbs: whole(logProbs),
      ...(collision && { logCollision: whole(collisions) }),
      probabilities: kept,
    };
  });
  return result;
}

export interface HeadGradient {
  readonly hidden: tf.Tensor2D;
  readonly gain: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
  readonly weight: tf.Tensor2D;
}

/**
 * The gradient of `headLogProbs`, from g_k = ∂L/∂(log π of pick k).
 *
 * ∂L/∂z at row s is Σ_k g_k·onehot(v_k) − G_s·p_s over the picks k of that row, G_s = Σ_k g_k. With y = LN(hidden):
 * ∂y_s = Σ_k g_k·W[v_k] − G_s·p_s·W, and ∂W gets g_k·y_{s_k} in row v_k and −pᵀ·(G ⊙ y) everywhere. The
 * one-hot matrices are never made.
 */
export function headLogProbsGradient(
  gradient: tf.Tensor1D,
  hidden: tf.Tensor2D,
  head: OutputHead,
  picks: Picks,
  kept: readonly tf.Tensor2D[],
): HeadGradient {
  return tf.tidy(() => {
    const rowCount = hidden.shape[0];
    const { normalized, output } = applyNorm(hidden, head);
    const ofPick = tf.reshape(gradient, [-1, 1]) as tf.Tensor2D;
    const ofRow = addUpRows(ofPick, picks.rows, rowCount);
    const weighted = tf.mul(output, ofRow) as tf.Tensor2D;

    let weight = tf.tidy(() =>
      addUpRows(
        tf.mul(ofPick, takeRows(output, picks.rows)) as tf.Tensor2D,
        picks.targets,
        head.weight.shape[0],
      ),
    );
    const matrix = kept.length > 0 ? undefined : prepareMatrix(head.weight);
    const expected: tf.Tensor2D[] = [];
    chunks(rowCount, head, picks).forEach(({ from, count }, index) => {
      const rows = (x: tf.Tensor2D): tf.Tensor2D => tf.slice(x, [from, 0], [count, -1]);
      const parts = tf.tidy(() => {
        const probabilities =
          kept[index] ?? (tf.softmax(multiply(rows(output), matrix as PreparedMatrix)) as tf.Tensor2D);
        return [
          tf.matMul(probabilities, head.weight),
          tf.sub(weight, transposedProduct(probabilities, rows(weighted))),
        ] as [tf.Tensor2D, tf.Tensor2D];
      });
      expected.push(parts[0]);
      weight.dispose();
      weight = parts[1];
    });
    const outputGradient = tf.tidy(() => {
      const targets = takeRows(head.weight, picks.targets);
      const towards = addUpRows(tf.mul(ofPick, targets) as tf.Tensor2D, picks.rows, rowCount);
      const whole = expected.length === 1 ? (expected[0] as tf.Tensor2D) : tf.concat(expected, 0);
      return tf.sub(towards, tf.mul(ofRow, whole)) as tf.Tensor2D;
    });
    return { ...normGradient(outputGradient, normalized, head), weight };
  });
}

type Norm = Pick<OutputHead, 'gain' | 'shift' | 'epsilon'>;

/** γ ⊙ x̂ + β; with few rows, the parameters stay out of the large output matrix. */
export function applyNorm(
  hidden: tf.Tensor2D,
  norm: Norm,
): { readonly normalized: ReturnType<typeof normalize>; readonly output: tf.Tensor2D } {
  const normalized = normalize(hidden, norm.epsilon);
  return { normalized, output: tf.add(tf.mul(normalized.values, norm.gain), norm.shift) as tf.Tensor2D };
}

/** The gradient of `applyNorm`. */
export function normGradient(
  gradient: tf.Tensor2D,
  normalized: ReturnType<typeof normalize>,
  norm: Norm,
): { readonly hidden: tf.Tensor2D; readonly gain: tf.Tensor1D; readonly shift: tf.Tensor1D } {
  return tf.tidy(() => ({
    hidden: normalizeGradient(tf.mul(gradient, norm.gain) as tf.Tensor2D, normalized),
    gain: sumOfRows(tf.mul(gradient, normalized.values) as tf.Tensor2D),
    shift: sumOfRows(gradient),
  }));
}

interface Chunk {
  readonly from: number;
  readonly count: number;
  /** The picks of these rows, counted from the chunk's first row. */
  readonly rows: Int32Array;
  readonly targets: Int32Array;
}

/** Into how many chunks so many rows go. */
export function chunkCount(rowCount: number, head: OutputHead): number {
  return Math.ceil(rowCount / chunkRows(head));
}

function chunkRows(head: OutputHead): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (4 * head.weight.shape[0])));
}

function chunks(rowCount: number, head: OutputHead, picks: Picks): Chunk[] {
  const size = chunkRows(head);
  const result: Chunk[] = [];
  let pick = 0;
  for (let from = 0; from < rowCount; from += size) {
    const count = Math.min(size, rowCount - from);
    const first = pick;
    while (pick < picks.rows.length && (picks.rows[pick] as number) < from + count) pick++;
    result.push({
      from,
      count,
      rows: picks.rows.slice(first, pick).map((row) => row - from),
      targets: picks.targets.slice(first, pick),
    });
  }
  return result;
}
