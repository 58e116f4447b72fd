import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, pairFields } from '../batch.js';
import { checkBeta } from '../check-option.js';
import { applyLoss, type FLoss } from '../f-loss.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { logRatios } from '../log-ratios.js';
import { preferenceMetrics } from '../metrics/preference-metrics.js';
import { detach } from '../numerics/detach.js';
import type { Objective } from '../objective.js';

export interface DirectAlignmentOptions {
  /** f, one of the package's or your own. */
  readonly loss: FLoss;
  /** β, above 0: larger keeps the policy closer to the reference. */
  readonly beta: number;
  /** Weights on the pairs; none where absent. */
  readonly importance?: ImportanceOptions;
}

/**
 * A direct alignment loss with any scalar function f, importance-weighted or not.
 *
 * ℓ = f(βρ), ρ = [log π_θ(y_w) − log π_ref(y_w)] − [log π_θ(y_l) − log π_ref(y_l)]
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0; `evaluate` throws `invalid-batch`
 * @example
 * const objective = directAlignment({ loss: savage(), beta: 0.1, importance: adaptiveImportance() });
 * @see Tang et al. 2024, "Generalized Preference Optimization", equation 5; the source paper, section 2.4
 */
export function directAlignment(options: DirectAlignmentOptions): Objective {
  const { loss, beta, importance } = options;
  checkBeta('directAlignment', beta);
  const objective: Objective = {
    specificationVersion: 'v1',
    name: loss.name,
    requires: { feedback: 'pairs', reference: true },
    evaluate: (batch) => {
      checkBatch(loss.name, batch, pairFields);
      return tf.tidy(() => {
        const { chosen, rejected } = logRatios(batch);
        const margins = tf.mul(beta, tf.sub(chosen, rejected)) as Tensor1D;
        return {
          losses: applyLoss(loss, margins),
          metrics: {
            ...preferenceMetrics(batch, tf.mul(beta, chosen), tf.mul(beta, rejected)),
            ...(loss.tangentBelow === undefined
              ? {}
              : {
                  'losses/tangent': tf.cast(
                    tf.less(detach(margins), loss.tangentBelow),
                    'float32',
                  ) as Tensor1D,
                }),
          },
        };
      });
    },
  };
  return importance ? importanceWeighted(objective, importance) : objective;
}
