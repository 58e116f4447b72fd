import * as tf from '@tensorflow/tfjs-core';
import { addUpRows, sliceRows, takeRows } from '../batch/row-selection.js';
import { fusedKernels } from '../kernels/find-kernels.js';
import type { ColumnExponentials } from '../kernels/fused-kernels.js';
import {
  multiply,
  type PreparedMatrix,
  prepareMatrix,
  product,
  transposedProduct,
} from '../kernels/matrix-products.js';
import { release, tidy } from './memory.js';
import { applyNorm, type Norm, type NormGradients, normGradient } from './norm.js';
import { slicedGradient } from './sliced-gradient.js';

/**
 * Bytes of the logits in memory at once, at most. It is no more than an allocator keeps for itself: larger
 * blocks come from the system on every call, which then clears each page of them.
 */
const SLICE_BYTES = 16 * 2 ** 20;

/** Final norm and output matrix. */
export interface OutputHead {
  readonly norm: Norm;
  /** [vocabulary, hidden] */
  readonly weight: tf.Tensor2D;
  /** Whether the weight's gradient is wanted. */
  readonly trained: boolean;
}

/** Which log-probabilities are wanted: pick k is log π(targets[k]) at row rows[k]; `rows` does not fall. */
export interface Picks {
  readonly rows: Int32Array;
  readonly targets: Int32Array;
}

export type HeadLogProbs = {
  /** log π of each pick, [picks]. */
  readonly logProbs: tf.Tensor1D;
  /** log Σ_v π(v)² at each pick's row, [picks], where asked for. */
  readonly logCollision?: tf.Tensor1D;
  /** log π_ref of each pick, [picks], where a reference was given. */
  readonly referenceLogProbs?: tf.Tensor1D;
  /** KL(π ‖ π_ref) at each pick's row, [picks], where a reference was given. */
  readonly divergence?: tf.Tensor1D;
  readonly memory: HeadMemory;
};

/** What the gradient reads. */
export type HeadMemory = {
  /** log Σ exp z of each row */
  readonly logSum: tf.Tensor1D;
  /** Each slice's exponentials and highest logits, where they are kept. */
  readonly slices?: { readonly exponentials: tf.Tensor2D; readonly highest: tf.Tensor1D }[];
};

/** norm(hidden)·Wᵀ: [rows, hidden] → [rows, vocabulary], whole. */
export function headLogits(hidden: tf.Tensor2D, head: OutputHead, prepared?: PreparedMatrix): tf.Tensor2D {
  return tf.tidy(() => multiply(applyNorm(hidden, head.norm).output, prepared ?? prepareMatrix(head.weight)));
}

/** Bytes that keeping the exponentials takes. */
export function bytesOfExponentials(rowCount: number, vocabularySize: number): number {
  return 4 * rowCount * vocabularySize;
}

/** Another model's hidden states at the same rows, and its head over the same vocabulary. */
export interface ReferenceHead {
  readonly hidden: tf.Tensor2D;
  readonly head: OutputHead;
}

export interface HeadLogProbsOptions {
  /** Whether the gradient will be asked for and there is room for the exponentials. */
  readonly keep: boolean;
  readonly collision: boolean;
  readonly reference?: ReferenceHead | undefined;
}

/** A slice's part in the sums over the vocabulary, [rows] each. */
type SliceSums = {
  /** The highest logit m. */
  readonly highest: tf.Tensor1D;
  /** log Σ exp z, log Σ exp 2z, log Σ exp z_ref */
  readonly logSum: tf.Tensor1D;
  readonly logSquareSum?: tf.Tensor1D;
  readonly referenceLogSum?: tf.Tensor1D;
  /** Σ exp(z − m)·(z − z_ref) */
  readonly difference?: tf.Tensor1D;
  /** exp(z − m), [slice, rows], where it is kept */
  readonly exponentials?: tf.Tensor2D;
};

/**
 * log π(v | row) = z_v − log Σ_u exp z_u with z = W·norm(hidden), for the picked v only.
 *
 * The vocabulary goes through in slices, so [vocabulary, rows] never exists whole; the logarithm of the sum over it is that
 * of the slices' sums. Likewise KL(π ‖ π_ref) = Σ_v π(v)·(z_v − z_ref,v) − log Σ exp z + log Σ exp z_ref.
 */
export function headLogProbs(
  hidden: tf.Tensor2D,
  head: OutputHead,
  picks: Picks,
  { keep, collision, reference }: HeadLogProbsOptions,
): HeadLogProbs {
  return tidy((): HeadLogProbs => {
    const { output } = applyNorm(hidden, head.norm);
    const columns = prepareMatrix(output);
    const referenceOutput = reference && applyNorm(reference.hidden, reference.head.norm).output;
    const referenceColumns = referenceOutput && prepareMatrix(referenceOutput);
    const slices = vocabularySlices(hidden.shape[0], head).map((slice) =>
      tf.tidy((): SliceSums => {
        const logits = multiply(sliceRows(head.weight, slice.from, slice.count), columns);
        const { exponentials, highest, sums } = columnExponentials(logits);
        return {
          highest,
          logSum: tf.add(highest, tf.log(sums)),
          ...(collision && {
            logSquareSum: tf.add(tf.mul(highest, 2), tf.log(tf.sum(tf.square(exponentials), 0))),
          }),
          ...(referenceColumns &&
            comparison(
              logits,
              exponentials,
              multiply(sliceRows(reference.head.weight, slice.from, slice.count), referenceColumns),
            )),
          ...(keep && { exponentials }),
        };
      }),
    );

    const total = (part: 'logSum' | 'logSquareSum' | 'referenceLogSum'): tf.Tensor1D =>
      logSumExp(slices.map((slice) => slice[part] as tf.Tensor1D));
    const atPicks = (values: tf.Tensor): tf.Tensor1D =>
      tf.gather(values, tf.tensor1d(picks.rows, 'int32')) as tf.Tensor1D;
    const pickedLogits = (output: tf.Tensor2D, { weight }: OutputHead): tf.Tensor =>
      tf.sum(tf.mul(takeRows(output, picks.rows), takeRows(weight, picks.targets)), 1);
    const logSum = total('logSum');
    const result: HeadLogProbs = {
      logProbs: tf.sub(pickedLogits(output, head), atPicks(logSum)),
      ...(collision && { logCollision: atPicks(tf.sub(total('logSquareSum'), tf.mul(logSum, 2))) }),
      memory: {
        logSum,
        ...(keep && {
          slices: slices.map(({ exponentials, highest }) => ({
            exponentials: exponentials as tf.Tensor2D,
            highest,
          })),
        }),
      },
    };
    if (reference === undefined || referenceOutput === undefined) return result;
    const referenceLogSum = total('referenceLogSum');
    const differences = slices.map(({ difference, highest }) =>
      tf.mul(difference as tf.Tensor1D, tf.exp(tf.sub(highest, logSum))),
    );
    return {
      ...result,
      referenceLogProbs: tf.sub(pickedLogits(referenceOutput, reference.head), atPicks(referenceLogSum)),
      // Rounding could take a divergence of 0 below it.
      divergence: atPicks(tf.relu(tf.add(tf.addN(differences), tf.sub(referenceLogSum, logSum)))),
    };
  });
}

/** What a slice has of the comparison with a reference. */
function comparison(
  logits: tf.Tensor2D,
  exponentials: tf.Tensor2D,
  referenceLogits: tf.Tensor2D,
): Required<Pick<SliceSums, 'referenceLogSum' | 'difference'>> {
  const { highest, sums } = columnExponentials(referenceLogits);
  return {
    referenceLogSum: tf.add(highest, tf.log(sums)),
    difference: tf.sum(tf.mul(exponentials, tf.sub(logits, referenceLogits)), 0),
  };
}

export type HeadGradient = {
  readonly hidden: tf.Tensor2D;
  readonly norm: NormGradients;
  /**
   * Computes the weight's; none where it rests. Call it when there is room for it: in the place of the exponentials, which it
   * frees, and of what the layers below kept.
   */
  readonly weight: (() => tf.Tensor2D) | undefined;
};

/**
 * The gradient of `headLogProbs`, from g_k = ∂L/∂(log π of pick k). Call it in a tidy that lasts until `weight` was called.
 *
 * ∂L/∂z at row s is Σ_k g_k·onehot(v_k) − G_s·p_s over the picks k of that row, G_s = Σ_k g_k. With y = norm(hidden):
 * ∂y_s = Σ_k g_k·W[v_k] − G_s·Wᵀp_s, and ∂W gets g_k·y_{s_k} in row v_k and −p·(G ⊙ y) everywhere. The one-hot
 * matrices are never made. Neither are the probabilities: those of slice c are its exponentials times
 * exp(m_c − log Σ exp z), a factor a row, which goes to y with G and to the product with W.
 *
 * @param memory that of `headLogProbs`
 */
export function headLogProbsGradient(
  gradient: tf.Tensor1D,
  hidden: tf.Tensor2D,
  head: OutputHead,
  picks: Picks,
  { logSum, slices }: HeadMemory,
): HeadGradient {
  const rowCount = hidden.shape[0];
  const { normalized, output } = applyNorm(hidden, head.norm);
  const ofPick = tf.reshape(gradient, [-1, 1]) as tf.Tensor2D;
  const ofRow = tf.neg(addUpRows(ofPick, picks.rows, rowCount));
  const factorOf = (highest: tf.Tensor1D): tf.Tensor =>
    tf.mul(ofRow, tf.reshape(tf.exp(tf.sub(highest, logSum)), [-1, 1]));
  const ofWeightSlice = (exponentials: tf.Tensor2D, factor: tf.Tensor): tf.Tensor2D =>
    product(exponentials, tf.mul(output, factor) as tf.Tensor2D);
  const ofWeight = head.trained ? slicedGradient(head.weight) : undefined;
  const columns = prepareMatrix(output);
  let outputGradient = tf.tidy(() =>
    addUpRows(tf.mul(ofPick, takeRows(head.weight, picks.targets)) as tf.Tensor2D, picks.rows, rowCount),
  );
  vocabularySlices(rowCount, head).forEach((slice, index) => {
    const kept = slices?.[index];
    const [sum, weightSlice] = tf.tidy(() => {
      const weight = sliceRows(head.weight, slice.from, slice.count);
      const { exponentials, highest } = kept ?? columnExponentials(multiply(weight, columns));
      const factor = factorOf(highest);
      return [
        tf.add(outputGradient, tf.mul(transposedProduct(exponentials, weight), factor)),
        // Exponentials that were not kept are here for once.
        ...(ofWeight && !kept ? [ofWeightSlice(exponentials, factor)] : []),
      ] as [tf.Tensor2D, tf.Tensor2D?];
    });
    if (weightSlice) ofWeight?.append(weightSlice);
    if (!ofWeight) release(kept);
    outputGradient.dispose();
    outputGradient = sum;
  });
  const { input: ofHidden, ...norm } = normGradient(outputGradient, normalized, head.norm);
  const weight = (): tf.Tensor2D => {
    for (const kept of slices ?? []) {
      ofWeight?.append(tf.tidy(() => ofWeightSlice(kept.exponentials, factorOf(kept.highest))));
      release(kept);
    }
    const ofPicked = tf.mul(ofPick, takeRows(output, picks.rows)) as tf.Tensor2D;
    return ofWeight?.finish(picks.targets, ofPicked) as tf.Tensor2D;
  };
  return { hidden: ofHidden, norm, weight: ofWeight && weight };
}

/** Of logits [vocabulary slice, rows]. */
function columnExponentials(logits: tf.Tensor2D): ColumnExponentials {
  const fused = fusedKernels();
  if (fused) return fused.columnExponentials(logits);
  const highest = tf.max<tf.Tensor1D>(logits, 0);
  const exponentials = tf.tidy(() => tf.exp(tf.sub(logits, highest))) as tf.Tensor2D;
  return { exponentials, highest, sums: tf.sum(exponentials, 0) };
}

/** log Σ exp over equally long vectors, element by element. */
function logSumExp(values: readonly tf.Tensor1D[]): tf.Tensor1D {
  return values.length === 1 ? tf.clone(values[0] as tf.Tensor1D) : tf.logSumExp(tf.stack([...values]), 0);
}

/** Rows of the output matrix that go through at once. */
interface VocabularySlice {
  readonly from: number;
  readonly count: number;
}

function vocabularySlices(rowCount: number, head: OutputHead): VocabularySlice[] {
  const size = Math.max(1, Math.floor(SLICE_BYTES / (4 * rowCount)));
  const vocabulary = head.weight.shape[0];
  return Array.from({ length: Math.ceil(vocabulary / size) }, (_, index) => ({
    from: index * size,
    count: Math.min(size, vocabulary - index * size),
  }));
}
