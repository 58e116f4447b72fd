import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch } from '../contract/batch.js';
import { checkOption, withDefaults } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { detach } from '../numerics/detach.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';

/** One pair per row: the scores that a reward model gives to both responses, [batch]. */
export interface ScoreBatch {
  /** r_φ(x, y_w). */
  readonly chosenScore: Tensor1D;
  /** r_φ(x, y_l). */
  readonly rejectedScore: Tensor1D;
}

/** Options of `rewardModelLoss`. */
export interface RewardModelLossOptions {
  /** Coefficient c of the centering term, at least 0; 0 by default. 0.01 is common with TRL. */
  readonly centering?: number;
}

/**
 * The Bradley–Terry loss of a reward model, with an optional term that keeps the scores around 0.
 *
 * ℓ = −log σ(r_φ(y_w) − r_φ(y_l)) + c·(r_φ(y_w) + r_φ(y_l))²
 *
 * When to use: to learn a gold or a proxy reward from preference pairs.
 *
 * Gotcha: without the centering term, scores are determined only up to a constant per prompt.
 *
 * @throws {ObjectivesError} `invalid-option` if c is below 0 or not finite
 * @example
 * const { losses } = rewardModelLoss({ centering: 0.01 }).evaluate({ chosenScore, rejectedScore });
 * @see Stiennon et al. 2020, "Learning to summarize from human feedback", section 3.4; Eisenstein et al. 2023,
 *   "Helping or Herding?", equation 2 (centering)
 */
export function rewardModelLoss(options: RewardModelLossOptions = {}): Objective<ScoreBatch> {
  const { centering } = withDefaults('rewardModelLoss', options, { centering: 0 });
  checkOption(
    'rewardModelLoss',
    'centering',
    centering,
    (x) => x >= 0 && Number.isFinite(x),
    'a finite number ≥ 0',
  );
  return {
    specificationVersion: 'v1',
    name: 'reward-model',
    requires: { feedback: 'pairs', reference: false },
    evaluate: (batch) => {
      checkBatch('reward-model', batch, ['chosenScore', 'rejectedScore']);
      return tf.tidy(() => {
        const { chosenScore, rejectedScore } = batch;
        const ranking = tf.neg(logSigmoid(tf.sub(chosenScore, rejectedScore)));
        const chosen = detach(chosenScore);
        const rejected = detach(rejectedScore);
        return {
          losses: tf.add(
            ranking,
            tf.mul(centering, tf.square(tf.add(chosenScore, rejectedScore))),
          ) as Tensor1D,
          metrics: {
            'rewards/chosen': chosen,
            'rewards/rejected': rejected,
            'rewards/accuracies': tf.step(tf.sub<Tensor1D>(chosen, rejected)),
            'rewards/margins': tf.sub(chosen, rejected) as Tensor1D,
          },
        };
      });
    },
  };
}
