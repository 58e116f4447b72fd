import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ObjectivesError } from '../errors.js';

/**
 * One preference pair per row: every tensor is [batch], float32.
 *
 * A log-probability is the **sum** over the response's tokens, its end-of-text token included and the
 * prompt's tokens excluded, in nats; a length counts the same tokens.
 */
export interface PairBatch {
  /** log π_θ(y_w|x). */
  readonly policyChosen: Tensor1D;
  /** log π_θ(y_l|x). */
  readonly policyRejected: Tensor1D;
  /** log π_ref(y_w|x). */
  readonly referenceChosen: Tensor1D;
  /** log π_ref(y_l|x). */
  readonly referenceRejected: Tensor1D;
  /** log μ(y_w|x) of the policy that wrote the responses; the reference's by default. */
  readonly behaviorChosen?: Tensor1D;
  /** log μ(y_l|x); the reference's by default. */
  readonly behaviorRejected?: Tensor1D;
  /** |y_w| in tokens. */
  readonly chosenLength: Tensor1D;
  /** |y_l| in tokens. */
  readonly rejectedLength: Tensor1D;
  /** Mean over the tokens of y_w of log π_θ(y_t) − log Σ_v π_θ(v)²; only WPO requires it. */
  readonly chosenCertainty?: Tensor1D;
  /** Mean over the tokens of y_l of log π_θ(y_t) − log Σ_v π_θ(v)²; only WPO requires it. */
  readonly rejectedCertainty?: Tensor1D;
}

type ReferenceField = 'referenceChosen' | 'referenceRejected';

/**
 * What an objective over pairs with `requires.reference: false` is given: the reference's log-probabilities may be absent.
 *
 * Every {@link PairBatch} is one too, so a trainer that has the reference at hand may pass it.
 */
export type ReferenceFreePairBatch = Omit<PairBatch, ReferenceField> &
  Partial<Pick<PairBatch, ReferenceField>>;

/** One sampled response per row; the k samples of a prompt carry the same group. Every tensor is [batch], float32. */
export interface SampleBatch {
  /** log π_θ(y|x), summed over the response's tokens, in nats. */
  readonly policy: Tensor1D;
  /** log π_ref(y|x), summed as above. */
  readonly reference: Tensor1D;
  /** The reward of the whole response. */
  readonly rewards: Tensor1D;
  /** |y| in tokens. */
  readonly length: Tensor1D;
  /** Which prompt the sample belongs to, any number; samples with equal numbers are compared. */
  readonly group: Tensor1D;
}

/**
 * Throws unless all fields are rank-1 tensors of the same length, which is above 0.
 *
 * Nothing is broadcast silently: a [batch, 1] column or a scalar is an error. If a gradient is being taken, it also
 * throws if TensorFlow.js has no gradients registered.
 *
 * @param owner the objective that reads the batch
 * @param batch the batch
 * @param fields the names of the fields to check; each must be present
 * @returns the number of rows
 * @throws {ObjectivesError} `invalid-batch`, `missing-gradients`
 */
export function checkBatch<B extends object>(
  owner: string,
  batch: B,
  fields: readonly (keyof B & string)[],
): number {
  checkGradients(owner);
  let rows: number | undefined;
  for (const field of fields) {
    const tensor: unknown = batch[field];
    if (!(tensor instanceof tf.Tensor)) {
      throw new ObjectivesError(
        'invalid-batch',
        `${owner}: ${field} is missing from the batch; it must be a float32 tensor of shape [batch].`,
      );
    }
    if (tensor.rank !== 1 || tensor.dtype !== 'float32' || tensor.size === 0) {
      throw new ObjectivesError(
        'invalid-batch',
        `${owner}: ${field} must be float32 of shape [batch] with at least one row, got ${tensor.dtype} of shape [${tensor.shape}].`,
      );
    }
    rows ??= tensor.size;
    if (tensor.size !== rows) {
      throw new ObjectivesError(
        'invalid-batch',
        `${owner}: ${field} has ${tensor.size} rows, but ${fields[0]} has ${rows}; every field needs one row per example.`,
      );
    }
  }
  return rows ?? 0;
}

/** The fields that every pair must have, with a reference or without. */
export const pairFields = (reference: boolean): readonly (keyof PairBatch)[] => [
  'policyChosen',
  'policyRejected',
  ...(reference ? (['referenceChosen', 'referenceRejected'] as const) : []),
  'chosenLength',
  'rejectedLength',
];

function checkGradients(owner: string): void {
  if (tf.engine().state.gradientDepth > 0 && tf.getGradient('Sub') === undefined) {
    throw new ObjectivesError(
      'missing-gradients',
      `${owner}: a gradient is being taken, but no gradients are registered in @tensorflow/tfjs-core; ` +
        `import '@tensorflow/tfjs-layers' (or '@tensorflow/tfjs') once, or call useBackend() of @ais/runtime.`,
    );
  }
}
