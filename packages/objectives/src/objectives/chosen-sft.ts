import * as tf from '@tensorflow/tfjs-core';
import type { ReferenceFreePairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { pairObjective } from '../pairs/pair-objective.js';
import { perToken } from '../pairs/per-token.js';

/** Options of `chosenSft`. */
export interface ChosenSftOptions {
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Supervised fine-tuning on the chosen responses of pairs: the mean negative log-likelihood of their tokens.
 *
 * ℓ = −log π_θ(y_w)/|y_w|
 *
 * When to use: as a term of a weighted sum, to keep the probability of chosen responses up.
 *
 * Gotcha: it is a mean per response. TRL's `sft` runs over all chosen tokens of the micro-batch, where long responses count more.
 *
 * @throws {ObjectivesError} `evaluate` throws `invalid-batch` if a tensor is missing or has the wrong shape
 * @example
 * const { losses } = chosenSft().evaluate(batch);
 * @see Wang et al. 2024, "Enhancing the Reasoning Ability of Multimodal Large Language Models via Mixed Preference Optimization",
 *   the generation loss; TRL `sft`
 */
export function chosenSft(options: ChosenSftOptions = {}): Objective<ReferenceFreePairBatch> {
  return pairObjective({
    name: 'chosen-sft',
    requires: { reference: false },
    importance: options.importance,
    losses: (sums, batch) => tf.neg(perToken(sums, batch).chosen),
    rewards: perToken,
  });
}
