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
  /** Preference pairs, or groups of scored samples. */
  readonly feedback: 'pairs' | 'samples';
  /**
   * Whether log-probabilities of the reference policy are read. If false, a trainer need not compute them, and batches may lack
   * them (`ReferenceFreePairBatch`).
   */
  readonly reference: boolean;
  /** Whether the certainties `chosenCertainty` and `rejectedCertainty` are read. */
  readonly certainty?: boolean;
  /** Whether a loss depends on other rows of the batch too; such a loss cannot be weighted pair by pair. */
  readonly wholeBatch?: boolean;
}

/**
 * A training objective: a pure function from a batch to one loss per example.
 *
 * A plain object with these members is an objective; nothing has to be inherited or registered.
 */
export interface Objective<B = PairBatch> {
  readonly specificationVersion: 'v1';
  /** Lower case, words joined by hyphens. */
  readonly name: string;
  readonly requires: Requirements;
  /** Differentiable with respect to the policy's log-probabilities; leaves nothing behind but what it returns. */
  evaluate(batch: B): Evaluation;
}
