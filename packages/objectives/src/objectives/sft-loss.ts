import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, type SampleBatch } from '../contract/batch.js';
import { checkChoice, withDefaults } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { detach } from '../numerics/detach.js';

/** One reference response per row: its summed log π_θ and its length in tokens. */
export type ResponseBatch = Pick<SampleBatch, 'policy' | 'length'>;

/** Options of `sftLoss`. */
export interface SftLossOptions {
  /**
   * Which tokens the mean runs over: those of each response (`'response'`, the default), or those of the whole
   * batch (`'batch'`, as in TRL), where long responses count more.
   */
  readonly average?: 'response' | 'batch';
}

/**
 * Supervised fine-tuning: the mean negative log-likelihood of the reference response's tokens.
 *
 * response: ℓ_i = −log π_θ(y_i)/|y_i|; batch: ℓ_i = −n·log π_θ(y_i)/Σ_j |y_j|
 *
 * When to use: to train the policy that preference training starts from.
 *
 * Gotcha: the two averages differ if lengths do; gradient accumulation over micro-batches reproduces `'batch'`
 * only if every micro-batch has the same number of tokens.
 *
 * @throws {ObjectivesError} `invalid-option` for an average that does not exist; `evaluate` throws `invalid-batch` if a tensor is missing or has the wrong shape
 * @example
 * const { losses } = sftLoss().evaluate({ policy: tf.tensor1d([-8, -6]), length: tf.tensor1d([4, 2]) });
 * losses.print(); // 2, 3
 * @see Stiennon et al. 2020, "Learning to summarize from human feedback", section 3.3; TRL `sft`
 */
export function sftLoss(options: SftLossOptions = {}): Objective<ResponseBatch> {
  const { average } = withDefaults<Required<SftLossOptions>>('sftLoss', options, { average: 'response' });
  checkChoice('sftLoss', 'average', average, ['response', 'batch']);
  return {
    specificationVersion: 'v1',
    name: 'sft',
    requires: { feedback: 'samples', reference: false, ...(average === 'batch' ? { wholeBatch: true } : {}) },
    evaluate: (batch) => {
      checkBatch('sft', batch, ['policy', 'length']);
      return tf.tidy(() => {
        const length = detach(batch.length);
        const tokens = average === 'batch' ? tf.mean(length) : length;
        return {
          losses: tf.neg(tf.div<Tensor1D>(batch.policy, tokens)),
          metrics: { 'logps/response': detach(batch.policy) },
        };
      });
    },
  };
}
