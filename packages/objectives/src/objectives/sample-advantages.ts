import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { SampleBatch } from '../contract/batch.js';
import { checkFlag, checkOption } from '../contract/check-option.js';
import type { Metrics, Requirements } from '../contract/objective.js';
import { detach, withoutGradient } from '../numerics/detach.js';
import { groupAdvantages } from '../numerics/groups.js';

/** What decides how much better a sample is than the others of its prompt. */
export interface AdvantageOptions {
  readonly beta?: number;
  readonly scale?: boolean;
}

/** Advantages of samples over their group, as GRPO has them, and what they require. */
export interface SampleAdvantages {
  readonly requires: Requirements;
  advantagesOf(batch: SampleBatch): { readonly advantages: Tensor1D; readonly metrics: Metrics };
}

/**
 * Advantages (R̃ − mean)/(standard deviation + 1e-4) over the samples of each prompt, constants of the update.
 *
 * The penalty β·(log μ − log π_ref) is taken from the policy that sampled, so that it is part of the reward. A sample that is alone
 * in its group has no advantage.
 */
export function sampleAdvantages(
  name: string,
  { beta = 0, scale = true }: AdvantageOptions,
): SampleAdvantages {
  checkOption(name, 'beta', beta, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  checkFlag(name, 'scale', scale);
  return {
    requires: { feedback: 'samples', reference: beta > 0, wholeBatch: true },
    advantagesOf(batch) {
      const rewards = detach(batch.rewards);
      const penalty = (): Tensor1D =>
        tf.mul(beta, tf.sub(detach(batch.behavior ?? batch.policy), detach(batch.reference)));
      const regularized = beta > 0 ? tf.sub<Tensor1D>(rewards, penalty()) : tf.clone(rewards);
      const advantages = withoutGradient([regularized, batch.group], (all, group) =>
        groupAdvantages(all, group, scale),
      );
      return {
        advantages,
        metrics: {
          'rewards/samples': rewards,
          'rewards/regularized': detach(regularized),
          advantages: tf.clone(advantages),
          'logps/samples': detach(batch.policy),
        },
      };
    },
  };
}
