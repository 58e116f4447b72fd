import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ObjectivesError } from '../errors.js';
import { describeValue } from './describe-value.js';

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

/** The row that each token belongs to, [tokens], int32: the tokens of row 0 come first, in their order, then those of row 1. */
export type TokenRows = Tensor1D;

/**
 * Pairs with the log-probability of each token, for objectives with `requires.tokens`.
 *
 * All tokens of the chosen responses follow each other in one tensor, [chosen tokens], and those of the rejected ones in another;
 * each response's sum is the field without `Tokens` in its name.
 */
export interface TokenPairBatch extends PairBatch {
  /** log π_θ(y_t | x, y_<t) of the tokens of every y_w. */
  readonly policyChosenTokens: Tensor1D;
  /** log π_θ(y_t | x, y_<t) of the tokens of every y_l. */
  readonly policyRejectedTokens: Tensor1D;
  /** log π_ref(y_t | x, y_<t) of the tokens of every y_w. */
  readonly referenceChosenTokens: Tensor1D;
  /** log π_ref(y_t | x, y_<t) of the tokens of every y_l. */
  readonly referenceRejectedTokens: Tensor1D;
  /** log μ(y_t | x, y_<t) of the tokens of every y_w; the reference's by default. */
  readonly behaviorChosenTokens?: Tensor1D;
  /** log μ(y_t | x, y_<t) of the tokens of every y_l; the reference's by default. */
  readonly behaviorRejectedTokens?: Tensor1D;
  readonly chosenTokenRow: TokenRows;
  readonly rejectedTokenRow: TokenRows;
}

/** One sampled response per row; the k samples of a prompt carry the same group. Every tensor is [batch], float32; a group may be int32. */
export interface SampleBatch {
  /** log π_θ(y|x), summed over the response's tokens, in nats. */
  readonly policy: Tensor1D;
  /** log π_ref(y|x), summed as above. */
  readonly reference: Tensor1D;
  /** The reward of the whole response. */
  readonly rewards: Tensor1D;
  /** |y| in tokens. */
  readonly length: Tensor1D;
  /** log μ(y|x) of the policy that sampled the response, summed as above; only objectives with `requires.behavior` are given it. */
  readonly behavior?: Tensor1D;
  /**
   * Which prompt the sample belongs to; samples with equal numbers are compared. Any integer as int32; as float32 an integer up to 2²⁴,
   * beyond which float32 takes neighbors for one.
   */
  readonly group: Tensor1D;
}

/** {@link SampleBatch} with the log-probability of each token, for objectives with `requires.tokens`. */
export interface TokenSampleBatch extends SampleBatch {
  /** log π_θ(y_t | x, y_<t) of the tokens of every response, [tokens]. */
  readonly policyTokens: Tensor1D;
  /** log π_ref(y_t | x, y_<t), [tokens]. */
  readonly referenceTokens: Tensor1D;
  /** log μ(y_t | x, y_<t) of the policy that sampled, [tokens]; with `requires.behavior`. */
  readonly behaviorTokens?: Tensor1D;
  readonly tokenRow: TokenRows;
}

/** One labeled response per row, desirable or not; other rows may answer other prompts. Every tensor is [batch], float32. */
export interface UnpairedBatch {
  /** log π_θ(y|x), summed over the response's tokens, in nats. */
  readonly policy: Tensor1D;
  /** log π_ref(y|x), summed as above. */
  readonly reference: Tensor1D;
  /** |y| in tokens. */
  readonly length: Tensor1D;
  /** 1 for a desirable response, 0 for an undesirable one. */
  readonly label: Tensor1D;
  /**
   * max(0, mean of log π_θ(y′|x) − log π_ref(y′|x)) over the rows' prompts x, each with the response y′ of another row: an estimate of
   * KL(π_θ‖π_ref), in nats, the same in every row of an update's batch; only objectives with `requires.divergence` are given it.
   */
  readonly divergence?: Tensor1D;
}

/** {@link UnpairedBatch} with the log-probability of each token, for objectives with `requires.tokens`. */
export interface TokenUnpairedBatch extends UnpairedBatch {
  /** log π_θ(y_t | x, y_<t) of the tokens of every response, [tokens]. */
  readonly policyTokens: Tensor1D;
  /** log π_ref(y_t | x, y_<t), [tokens]. */
  readonly referenceTokens: Tensor1D;
  readonly tokenRow: TokenRows;
}

/**
 * Throws unless all fields are rank-1 tensors of the same length, which is above 0.
 *
 * All are float32; `group` may be int32. Nothing is broadcast silently: a [batch, 1] column or a scalar is an error. If a gradient is
 * being taken, it also throws if TensorFlow.js has no gradients registered.
 *
 * @param owner the objective that reads the batch
 * @param batch the batch
 * @param fields the names of the fields to check; each must be present
 * @returns the number of rows
 * @throws {ObjectivesError} `invalid-batch`, `missing-gradients`
 * @example
 * checkBatch('my-objective', batch, ['policyChosen', 'policyRejected']); // the number of rows
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
    if (!(tensor instanceof tf.Tensor) || tensor.isDisposed) {
      throw invalidBatch(
        owner,
        tensor === undefined
          ? `${field} is missing from the batch; it must be ${COLUMN}`
          : `${field} must be ${COLUMN}, got ${describeValue(tensor)}; make one with tf.tensor1d(values, 'float32')`,
      );
    }
    const types: readonly tf.DataType[] = field === 'group' ? ['float32', 'int32'] : ['float32'];
    if (tensor.rank !== 1 || !types.includes(tensor.dtype) || tensor.size === 0) {
      throw invalidBatch(
        owner,
        `${field} must be ${types.join(' or ')} of shape [batch] with at least one row, got ${tensor.dtype} of shape [${tensor.shape}]`,
      );
    }
    rows ??= tensor.size;
    if (tensor.size !== rows) {
      throw invalidBatch(
        owner,
        `${field} has ${tensor.size} rows, but ${fields[0]} has ${rows}; every field needs one row per example`,
      );
    }
  }
  return rows ?? 0;
}

/**
 * Throws unless the fields have one value per token, with the row of each.
 *
 * @param owner the objective that reads the batch
 * @param batch the batch
 * @param fields the names of the fields with a value per token; each must be present
 * @param rowField the name of the field that says which row each token belongs to
 * @throws {ObjectivesError} `invalid-batch`, `missing-gradients`
 * @example
 * checkTokens('my-objective', sampleTokens, ['policyTokens', 'behaviorTokens'], 'tokenRow');
 */
export function checkTokens<B extends object>(
  owner: string,
  batch: B,
  fields: readonly (keyof B & string)[],
  rowField: keyof B & string,
): void {
  checkGradients(owner);
  const tokens = tokenCount(owner, rowField, batch[rowField], 'int32');
  for (const field of fields) {
    const count = tokenCount(owner, field, batch[field], 'float32');
    if (count === tokens) continue;
    throw invalidBatch(
      owner,
      `${field} has ${count} tokens, but ${rowField} has ${tokens}; every token needs the row it belongs to`,
    );
  }
}

function tokenCount(owner: string, field: string, tensor: unknown, type: tf.DataType): number {
  if (
    tensor instanceof tf.Tensor &&
    tensor.rank === 1 &&
    tensor.dtype === type &&
    tensor.size > 0 &&
    !tensor.isDisposed
  ) {
    return tensor.size;
  }
  const got =
    tensor instanceof tf.Tensor && !tensor.isDisposed
      ? `${tensor.dtype} of shape [${tensor.shape}]`
      : describeValue(tensor);
  throw invalidBatch(owner, `${field} must be ${type} of shape [tokens] with at least one token, got ${got}`);
}

const COLUMN = 'a float32 tensor of shape [batch]';

function invalidBatch(owner: string, what: string): ObjectivesError {
  return new ObjectivesError('invalid-batch', `${owner}: ${what}.`);
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
        `await registerGradients() of @ais/objectives/gradients once, import '@tensorflow/tfjs-layers' (or '@tensorflow/tfjs'), or call useBackend() of @ais/runtime.`,
    );
  }
}
