import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ReferenceFreePairBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { detach } from '../numerics/detach.js';
import { logOdds } from '../numerics/log-odds.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';
import { perToken } from '../pairs/per-token.js';

/** Options of `orpo`. */
export interface OrpoOptions {
  /** λ, the weight of the odds ratio beside the SFT loss, at least 0; TRL calls it β. */
  readonly lambda: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * ORPO: supervised fine-tuning on the chosen responses plus a log odds ratio, in one stage and without a reference.
 *
 * ℓ = −log P_w − λ·log σ(log odds_w − log odds_l), odds = P/(1 − P), log P = log π_θ(y)/|y|
 *
 * When to use: to train from a base model on preferences directly, without an SFT model first.
 *
 * Gotcha: TRL takes the SFT term over the tokens of prompt and response; here it is the mean over the tokens of the chosen
 * response, which is what a batch of pairs holds. The odds ratio is TRL's. In settings and on the command line λ is `beta`, as
 * in TRL.
 *
 * Gotcha: odds are finite only below P = 1. Beyond 1 − 1e-6 they continue on their tangent.
 *
 * @throws {ObjectivesError} `invalid-option` unless λ is at least 0
 * @example
 * const { losses } = orpo({ lambda: 0.1 }).evaluate(batch);
 * @see Hong et al. 2024, "ORPO: Monolithic Preference Optimization without Reference Model", equations 4 to 7; TRL `ORPOTrainer`
 */
export function orpo(options: OrpoOptions): Objective<ReferenceFreePairBatch> {
  const { lambda, importance } = options;
  checkOption('orpo', 'lambda', lambda, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  return pairObjective({
    name: 'orpo',
    requires: { reference: false },
    importance,
    losses: (sums, batch) => {
      const { chosen, rejected } = perToken(sums, batch);
      const preference = logSigmoid(tf.sub(logOdds(chosen), logOdds(rejected)));
      return tf.neg(tf.add(chosen, tf.mul(lambda, preference)));
    },
    rewards: (sums, batch) => perToken(sums, batch, lambda),
    metrics: (sums, batch) => {
      const { chosen, rejected } = perToken(sums, batch);
      const difference = detach<Tensor1D>(tf.sub(logOdds(chosen), logOdds(rejected)));
      return {
        log_odds_chosen: difference,
        log_odds_ratio: logSigmoid(difference),
        nll_loss: detach(tf.neg(chosen)),
      };
    },
  });
}
