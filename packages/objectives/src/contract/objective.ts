import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { PairBatch } from './batch.js';

/** Named values beside the losses; the mean of each tensor is the number to report. */
export type Metrics = Record<string, Tensor1D>;

/** What an objective says of a batch. The caller owns the tensors and disposes of them. */
export interface Evaluation {
  /** One loss per example, [batch]; nothing is reduced. */
  readonly losses: Tensor1D;
  /** [batch] for what belongs to an example, [1] for what belongs to the batch; detached from gradients. */
  readonly metrics: Metrics;
}

/** What an objective reads, so that a trainer can prepare it and nothing else. */
export interface Requirements {
  /** Preference pairs, groups of scored samples, or (version 2) single responses with a label. */
  readonly feedback: 'pairs' | 'samples' | 'unpaired';
  /**
   * Whether log-probabilities of the reference policy are read. If false, a trainer need not compute them, and batches may lack
   * them (`ReferenceFreePairBatch`).
   */
  readonly reference: boolean;
  /** Whether the certainties `chosenCertainty` and `rejectedCertainty` are read. */
  readonly certainty?: boolean;
  /** Whether a loss depends on other rows of the batch too; such a loss cannot be weighted pair by pair. */
  readonly wholeBatch?: boolean;
  /**
   * Whether the log-probability of each token is read (`TokenPairBatch`, `TokenSampleBatch`); the reference's too, if
   * `reference` says so. Version 2.
   */
  readonly tokens?: boolean;
  /**
   * Names of further fields that the batch must have, a number per row each, such as `chosenReward`: a trainer takes them from the
   * columns of these names. Version 2.
   */
  readonly columns?: readonly string[];
  /** Whether `behavior` of samples is read: their log-probability under the policy that sampled them. Version 2. */
  readonly behavior?: boolean;
  /** Whether `divergence` of an `UnpairedBatch` is read, an estimate from responses to other prompts. Version 2. */
  readonly divergence?: boolean;
}

/** Versions of the contract. An objective that asks for what version 1 cannot ask for is of version 2. */
export type SpecificationVersion = 'v1' | 'v2';

/**
 * A training objective: a pure function from a batch to one loss per example.
 *
 * A plain object with these members is an objective; nothing has to be inherited or registered.
 */
export interface Objective<B = PairBatch> {
  /** `v2` if `requires` asks for what is marked as version 2, so that a trainer that cannot prepare it says so; otherwise `v1`. */
  readonly specificationVersion: SpecificationVersion;
  /** Lower case, words joined by hyphens. */
  readonly name: string;
  readonly requires: Requirements;
  /** Differentiable with respect to the policy's log-probabilities; leaves nothing behind but what it returns. */
  evaluate(batch: B): Evaluation;
}
