import * as tf from '@tensorflow/tfjs-core';
import type { ReferenceFreePairBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { detach } from '../numerics/detach.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `cpo`. */
export interface CpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weight of the SFT term, at least 0; 1 by default, the paper's. TRL calls it `cpo_alpha`. */
  readonly sftWeight?: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Contrastive preference optimization: DPO with a uniform reference, plus supervised fine-tuning on the chosen responses.
 *
 * ℓ = −log σ(β·(log π_θ(y_w) − log π_θ(y_l))) − c·log π_θ(y_w)/|y_w|, c = `sftWeight`
 *
 * When to use: when there is no room for a reference, and the chosen responses are good enough to imitate.
 *
 * Gotcha: the paper writes the SFT term as a sum over tokens; its authors' code and TRL take a mean, as here. It is a mean per
 * response; TRL's runs over all tokens of the micro-batch, where long responses count more.
 *
 * Gotcha: sums over tokens are compared, so the shorter of two responses starts ahead; SimPO compares means.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and `sftWeight` at least 0
 * @example
 * const { losses } = cpo({ beta: 0.1 }).evaluate(batch);
 * @see Xu et al. 2024, "Contrastive Preference Optimization", equation 3; TRL `CPOTrainer`
 */
export function cpo(options: CpoOptions): Objective<ReferenceFreePairBatch> {
  const { beta, sftWeight = 1, importance } = options;
  checkOption('cpo', 'sftWeight', sftWeight, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  return pairObjective({
    name: 'cpo',
    beta,
    requires: { reference: false },
    importance,
    losses: ({ chosen, rejected }, { chosenLength }) => {
      const preference = logSigmoid(tf.mul(beta, tf.sub(chosen, rejected)));
      return tf.neg(tf.add(preference, tf.mul(sftWeight, tf.div(chosen, chosenLength))));
    },
    metrics: ({ chosen }, { chosenLength }) => ({ nll_loss: detach(tf.neg(tf.div(chosen, chosenLength))) }),
  });
}
