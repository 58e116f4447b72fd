import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, type SampleBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { detach } from '../numerics/detach.js';
import { safeExponential } from '../numerics/safe-exponential.js';
import { sampleAdvantages } from './sample-advantages.js';

/** Options of `gspo`. */
export interface GspoOptions {
  /** β of the KL penalty within the reward, R − β·(log μ(y) − log π_ref(y)); 0 by default, without a reference. */
  readonly beta?: number;
  /** Whether advantages are divided by the standard deviation of the group's rewards; true by default. */
  readonly scale?: boolean;
  /** ε_l, how far the ratio may fall below 1, from 0 to 1; 3e-4 by default. */
  readonly lower?: number;
  /** ε_h, how far it may rise above 1, at least 0; 4e-4 by default. */
  readonly upper?: number;
}

/**
 * GSPO: a policy gradient with one clipped ratio per response, the geometric mean of its tokens' ratios.
 *
 * ℓ = −min(s·A, clip(s, 1 − ε_l, 1 + ε_h)·A), s = (π_θ(y|x)/μ(y|x))^{1/|y|}
 *
 * A is (R − mean of R)/(standard deviation of R + 1e-4) over the samples of the prompt, held constant.
 *
 * When to use: online, on samples that the policy drew some updates ago, or with large batches, where ratios per token are noise.
 *
 * Gotcha: on fresh samples s is 1, and the gradient is that of −A·log π_θ(y|x)/|y|. The trainer draws new samples before each update;
 * with `iterations` above 1, it makes that many updates on the same samples (the authors make 4).
 *
 * Gotcha: s is the weight of adaptive importance sampling, α = 1/|y|, with a gradient. It divides by the length, which makes long
 * responses count less: `luspo` does not. TRL adds its KL penalty to the loss (`beta`, 0 by default), not to the reward.
 *
 * @throws {ObjectivesError} `invalid-option` for a bound or a β below 0; `evaluate` throws `invalid-batch`
 * @example
 * const { losses } = gspo().evaluate({ policy, behavior, rewards, length, group });
 * @see Zheng et al. 2025, "Group Sequence Policy Optimization", equation 5; TRL `importance_sampling_level="sequence"`
 */
export function gspo(options: GspoOptions = {}): Objective<SampleBatch> {
  return sequenceRatio('gspo', options, (losses) => losses);
}

/** GSPO's loss, put through a function of it and the length. */
export function sequenceRatio(
  name: string,
  options: GspoOptions,
  finish: (losses: Tensor1D, length: Tensor1D) => Tensor1D,
): Objective<SampleBatch> {
  const { lower = 3e-4, upper = 4e-4 } = options;
  checkOption(name, 'lower', lower, (x) => x >= 0 && x <= 1, 'a number from 0 to 1');
  checkOption(name, 'upper', upper, (x) => x >= 0, 'a number ≥ 0');
  const { requires, advantagesOf } = sampleAdvantages(name, options);
  return {
    specificationVersion: 'v2',
    name,
    requires: { ...requires, behavior: true },
    evaluate: (batch) => {
      checkBatch(name, batch, [
        ...(['policy', 'behavior', 'rewards', 'length', 'group'] as const),
        ...(requires.reference ? (['reference'] as const) : []),
      ]);
      return tf.tidy(() => {
        const length = detach(batch.length);
        const { advantages, metrics } = advantagesOf(batch);
        const logRatios = tf.div<Tensor1D>(tf.sub(batch.policy, detach(batch.behavior as Tensor1D)), length);
        const ratios = safeExponential(logRatios);
        const clipped = tf.clipByValue(ratios, 1 - lower, 1 + upper);
        const gain = tf.minimum(tf.mul(ratios, advantages), tf.mul(clipped, advantages)) as Tensor1D;
        const seen = detach(ratios);
        const outside = tf.add(
          tf.mul(tf.step(tf.sub(1 - lower, seen)), tf.step(tf.neg(advantages))),
          tf.mul(tf.step(tf.sub(seen, 1 + upper)), tf.step(advantages)),
        ) as Tensor1D;
        return {
          losses: finish(tf.neg(gain), length),
          metrics: { ...metrics, 'ratios/mean': seen, 'ratios/clipped': outside },
        };
      });
    },
  };
}
