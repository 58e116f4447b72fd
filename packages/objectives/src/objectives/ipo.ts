import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, pairFields } from '../batch.js';
import { checkBeta } from '../check-option.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { logRatios } from '../log-ratios.js';
import { preferenceMetrics } from '../metrics/preference-metrics.js';
import { detach } from '../numerics/detach.js';
import type { Objective } from '../objective.js';

export interface IpoOptions {
  /** β, above 0; τ in Azar et al. */
  readonly beta: number;
  /** `'standard'`: (ρ − 1/(2β))², what everyone trains with; `'paper'`: (βρ − 1)², as the source paper prints it. */
  readonly form?: 'standard' | 'paper';
  /** Whether log-ratios are averaged over each response's tokens instead of summed, as TRL does; false. */
  readonly lengthNormalized?: boolean;
  /** Weights on the pairs; none where absent. */
  readonly importance?: ImportanceOptions;
}

/**
 * Identity preference optimization: the margin is regressed onto a constant.
 *
 * standard: ℓ = (ρ − 1/(2β))²; paper: ℓ = (βρ − 1)²
 *
 * Length-normalized, ρ is the difference of r(y_w)/|y_w| and r(y_l)/|y_l|.
 *
 * Gotcha: the two forms are not rescalings of one another: their minima are at ρ = 1/(2β) and ρ = 1/β.
 * The rewards among the metrics are β·r of the summed log-probabilities, in every form.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = ipo({ beta: 0.1 }).evaluate(batch);
 * @see Azar et al. 2023, "A General Theoretical Paradigm to Understand Learning from Human Preferences", equation 17
 */
export function ipo(options: IpoOptions): Objective {
  const { beta, form = 'standard', lengthNormalized = false, importance } = options;
  checkBeta('ipo', beta);
  const objective: Objective = {
    specificationVersion: 'v1',
    name: 'ipo',
    requires: { feedback: 'pairs', reference: true },
    evaluate: (batch) => {
      checkBatch('ipo', batch, pairFields);
      return tf.tidy(() => {
        const { chosen, rejected } = logRatios(batch);
        const rho = lengthNormalized
          ? tf.sub(tf.div(chosen, detach(batch.chosenLength)), tf.div(rejected, detach(batch.rejectedLength)))
          : tf.sub(chosen, rejected);
        const error = form === 'paper' ? tf.sub(tf.mul(beta, rho), 1) : tf.sub(rho, 1 / (2 * beta));
        return {
          losses: tf.square(error) as Tensor1D,
          metrics: preferenceMetrics(batch, tf.mul(beta, chosen), tf.mul(beta, rejected)),
        };
      });
    },
  };
  return importance ? importanceWeighted(objective, importance) : objective;
}
