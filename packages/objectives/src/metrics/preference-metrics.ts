import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { PairBatch } from '../contract/batch.js';
import type { Metrics } from '../contract/objective.js';
import { detach } from '../numerics/detach.js';
import * as tf from '../numerics/operations.js';

/**
 * The metrics of a batch of pairs, under the names that users of TRL know.
 *
 * `rewards/chosen`, `rewards/rejected`: the implicit rewards passed in; `rewards/margins`: their difference;
 * `rewards/accuracies`: 1 if the chosen response's is larger, otherwise 0; `logps/chosen`, `logps/rejected`:
 * log π_θ, summed over tokens. All are [batch] and carry no gradient.
 *
 * @param batch the pairs
 * @param chosenRewards implicit reward of the chosen response, usually β·(log π_θ − log π_ref), [batch]
 * @param rejectedRewards that of the rejected response, [batch]
 * @example
 * const metrics = preferenceMetrics(batch, chosenReward, rejectedReward);
 * metrics['rewards/margins'].print();
 */
export function preferenceMetrics(
  batch: Pick<PairBatch, 'policyChosen' | 'policyRejected'>,
  chosenRewards: Tensor1D,
  rejectedRewards: Tensor1D,
): Metrics {
  const chosen = detach(chosenRewards);
  const rejected = detach(rejectedRewards);
  return {
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    'rewards/accuracies': tf.step(tf.sub<Tensor1D>(chosen, rejected)),
    'rewards/margins': tf.sub(chosen, rejected),
    'logps/chosen': detach(batch.policyChosen),
    'logps/rejected': detach(batch.policyRejected),
  };
}
