import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import {
  checkBatch,
  checkTokens,
  type PairBatch,
  pairFields,
  type ReferenceFreePairBatch,
} from '../contract/batch.js';
import { checkBeta } from '../contract/check-option.js';
import type { Metrics, Objective, Requirements } from '../contract/objective.js';
import { specificationVersion } from '../contract/specification-version.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { preferenceMetrics } from '../metrics/preference-metrics.js';
import { detach } from '../numerics/detach.js';
import * as tf from '../numerics/operations.js';

/**
 * r(y) = log π_θ(y|x) − log π_ref(y|x) of both responses of each pair, [batch], summed over tokens; without a reference
 * r(y) = log π_θ(y|x).
 */
export interface LogRatios {
  readonly chosen: Tensor1D;
  readonly rejected: Tensor1D;
}

/** What tells one pair objective from another. TensorFlow's operations lose the rank in their types, so a formula may too. */
export interface PairFormula<B extends ReferenceFreePairBatch> {
  readonly name: string;
  /** β, above 0; it scales the rewards among the metrics. 1 by default. */
  readonly beta?: number;
  /** What the formula reads beyond pairs and a reference, or `{ reference: false }` if it reads no reference. */
  readonly requires?: Partial<Omit<Requirements, 'feedback'>>;
  /** Fields of the batch that must be present beyond those of every pair. */
  readonly fields?: readonly (keyof B & string)[];
  /** Weights on the pairs; none by default. They measure from the reference, so a weighted objective reads it. */
  readonly importance?: ImportanceOptions | undefined;
  /** One loss per pair, [batch]; all of the batch but the policy's log-probabilities is constant. */
  losses(ratios: LogRatios, batch: B): Tensor;
  /** The implicit rewards among the metrics, one per response, [batch]; β·r by default. */
  rewards?(ratios: LogRatios, batch: B): LogRatios;
  /** Metrics beyond those of every pair objective, [batch] or [1]. */
  metrics?(ratios: LogRatios, batch: B): Record<string, Tensor>;
}

/** A formula that reads no reference: batches may lack its log-probabilities. */
export type ReferenceFreeFormula<B extends ReferenceFreePairBatch> = PairFormula<B> & {
  readonly requires: { readonly reference: false };
};

/**
 * An objective over preference pairs from its formula alone.
 *
 * Checks β and the shapes, makes everything but the policy constant, adds the metrics that users of TRL know,
 * applies importance weights if asked to, and disposes of temporary tensors. With `requires: { reference: false }` it neither
 * reads nor asks for a reference.
 *
 * @returns the objective
 * @throws {ObjectivesError} `invalid-option` unless β is above 0; `evaluate` throws `invalid-batch`, also where `losses` returns anything but
 *   one float32 number per pair
 * @example
 * const objective = pairObjective({
 *   name: 'my-dpo',
 *   beta: 0.1,
 *   losses: ({ chosen, rejected }) => tf.neg(logSigmoid(tf.mul(0.1, tf.sub(chosen, rejected)))),
 * });
 */
export function pairObjective<B extends ReferenceFreePairBatch = ReferenceFreePairBatch>(
  formula: ReferenceFreeFormula<B>,
): Objective<B>;
export function pairObjective<B extends PairBatch = PairBatch>(formula: PairFormula<B>): Objective<B>;
export function pairObjective<B extends ReferenceFreePairBatch>(formula: PairFormula<B>): Objective<B> {
  const { name, importance } = formula;
  // A β that an objective passes on and its user forgot is not one that the formula does without.
  const beta = 'beta' in formula ? (formula.beta as number) : 1;
  checkBeta(name, beta);
  const requires: Requirements = { reference: true, ...formula.requires, feedback: 'pairs' };
  const fields = [
    ...pairFields(requires.reference),
    ...(formula.fields ?? []),
    ...(requires.columns ?? []),
  ] as readonly (keyof B & string)[];
  const objective: Objective<B> = {
    specificationVersion: specificationVersion(requires),
    name,
    requires,
    evaluate: (given) => {
      checkBatch<B>(name, given, fields);
      if (requires.tokens) checkPairTokens(name, given, requires.reference);
      return tf.tidy(() => {
        const batch = withConstants(given);
        const { referenceChosen, referenceRejected } = requires.reference ? batch : {};
        const chosen = over(batch.policyChosen, referenceChosen);
        const rejected = over(batch.policyRejected, referenceRejected);
        const ratios = { chosen, rejected };
        const rewards = formula.rewards?.(ratios, batch) ?? {
          chosen: tf.mul(beta, chosen),
          rejected: tf.mul(beta, rejected),
        };
        const losses = formula.losses(ratios, batch) as Tensor1D;
        checkBatch(name, { policyChosen: chosen, losses }, ['policyChosen', 'losses']);
        return {
          losses,
          metrics: {
            ...preferenceMetrics(batch, rewards.chosen, rewards.rejected),
            ...(formula.metrics?.(ratios, batch) as Metrics),
          },
        };
      });
    },
  };
  return importance ? importanceWeighted(objective, importance) : objective;
}

/** Throws unless both responses have a value per token. */
function checkPairTokens(owner: string, batch: object, reference: boolean): void {
  for (const side of ['Chosen', 'Rejected']) {
    const fields = [`policy${side}Tokens`, ...(reference ? [`reference${side}Tokens`] : [])];
    checkTokens(owner, batch as Record<string, unknown>, fields, `${side.toLowerCase()}TokenRow`);
  }
}

function over(policy: Tensor1D, reference: Tensor1D | undefined): Tensor1D {
  return reference ? tf.sub(policy, reference) : tf.clone(policy);
}

/** The batch with every tensor but the policy's log-probabilities detached; whole numbers have no gradient anyway. */
function withConstants<B extends ReferenceFreePairBatch>(batch: B): B {
  const entries = Object.entries(batch).map(([field, value]) => [
    field,
    value instanceof tf.Tensor && value.dtype === 'float32' && !field.startsWith('policy')
      ? detach(value)
      : value,
  ]);
  return Object.fromEntries(entries) as B;
}
