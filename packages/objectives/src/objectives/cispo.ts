import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, checkTokens, type TokenSampleBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { sumByRow, takeByRow } from '../numerics/by-row.js';
import { detach, withoutGradient } from '../numerics/detach.js';
import { countOthers, groupSums } from '../numerics/groups.js';
import { sampleAdvantages } from './sample-advantages.js';

/** Options of `cispo`. */
export interface CispoOptions {
  /** β of the KL penalty within the reward, R − β·(log μ(y) − log π_ref(y)); 0 by default, without a reference. */
  readonly beta?: number;
  /** Whether advantages are divided by the standard deviation of the group's rewards; true by default. */
  readonly scale?: boolean;
  /** ε_high, the most that a token's ratio may be, above 0; 5 by default. */
  readonly upper?: number;
}

/**
 * CISPO: a policy gradient whose ratio per token is bounded and held constant, so that every token keeps a gradient.
 *
 * ℓ = −k/Σ|y|·Σ_t stop(min(π_θ(y_t)/μ(y_t), ε_high))·A·log π_θ(y_t)
 *
 * k/Σ|y| is one over the mean length of the prompt's k samples: the mean over rows is the mean over the tokens of each prompt. A is
 * (R − mean of R)/(standard deviation of R + 1e-4) over the samples of the prompt, held constant.
 *
 * When to use: online, where PPO's clipping would drop the gradient of rare tokens that matter.
 *
 * Gotcha: TRL averages over the tokens of a whole batch, which is the same for one prompt per batch. On fresh samples every ratio is
 * 1; the trainer draws new samples before each update; with `iterations` above 1, it makes that many updates on the same samples.
 *
 * @throws {ObjectivesError} `invalid-option` for a bound that is not above 0 or a β below 0; `evaluate` throws `invalid-batch`
 * @example
 * const { losses } = cispo().evaluate({ policy, behavior, rewards, length, group, ...sampleTokens });
 * @see MiniMax 2025, "MiniMax-M1: Scaling Test-Time Compute Efficiently with Lightning Attention", equation 4; TRL
 *   `loss_type="cispo"`
 */
export function cispo(options: CispoOptions = {}): Objective<TokenSampleBatch> {
  const { upper = 5 } = options;
  checkOption('cispo', 'upper', upper, (x) => x > 0, 'a number above 0');
  const { requires, advantagesOf } = sampleAdvantages('cispo', options);
  return {
    specificationVersion: 'v2',
    name: 'cispo',
    requires: { ...requires, tokens: true, behavior: true },
    evaluate: (batch) => {
      checkBatch('cispo', batch, [
        ...(['policy', 'behavior', 'rewards', 'length', 'group'] as const),
        ...(requires.reference ? (['reference'] as const) : []),
      ]);
      checkTokens('cispo', batch, ['policyTokens', 'behaviorTokens'], 'tokenRow');
      return tf.tidy(() => {
        const { policyTokens, tokenRow, group } = batch;
        const length = detach(batch.length);
        const { advantages, metrics } = advantagesOf(batch);
        const logRatios = tf.sub<Tensor1D>(detach(policyTokens), detach(batch.behaviorTokens as Tensor1D));
        // Bounded before the exponential, which then cannot overflow.
        const ratios = tf.exp(tf.minimum<Tensor1D>(logRatios, Math.log(upper)));
        const meanLength = withoutGradient([length, group], (lengths, groups) =>
          tf.div<Tensor1D>(groupSums(lengths, groups), tf.add(countOthers(groups), 1)),
        );
        const factors = takeByRow(tf.div(advantages, meanLength), tokenRow);
        const tokens = tf.mul<Tensor1D>(tf.mul(ratios, factors), policyTokens);
        const clipped = sumByRow(
          tf.step(tf.sub<Tensor1D>(logRatios, Math.log(upper))),
          tokenRow,
          length.size,
        );
        return {
          losses: tf.neg(sumByRow(tokens, tokenRow, length.size)),
          metrics: {
            ...metrics,
            'ratios/mean': tf.div<Tensor1D>(sumByRow(ratios, tokenRow, length.size), length),
            'ratios/clipped': tf.div<Tensor1D>(clipped, length),
          },
        };
      });
    },
  };
}
