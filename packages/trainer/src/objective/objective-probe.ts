import type { Objective, RewardedPairBatch, SampleBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

/**
 * An objective's losses on a few fixed pairs, which tell two settings of it apart where the name does not.
 *
 * An objective is a value with functions inside, so its β or its smoothing cannot be read from it. What it answers can:
 * a run that is resumed with another β is noticed by these numbers.
 *
 * @param options.rewards whether the batches of this training carry the rewards of their responses
 * @returns one loss a pair, rounded to 5 digits, so that another back end's rounding is no difference
 */
export function probeObjective(
  objective: Objective<RewardedPairBatch>,
  { rewards = false }: { readonly rewards?: boolean } = {},
): Promise<readonly number[]> {
  return lossesAt(objective, () => ({
    ...probePairs(objective.requires.certainty ?? false),
    ...(rewards && {
      chosenReward: tf.tensor1d([1, 0.5, 2]),
      rejectedReward: tf.tensor1d([0.25, -1, 1.5]),
    }),
  }));
}

/** The same for an objective over samples. */
export function probeSampleObjective(objective: Objective<SampleBatch>): Promise<readonly number[]> {
  return lossesAt(objective, probeSamples);
}

async function lossesAt<B>(objective: Objective<B>, batch: () => B): Promise<readonly number[]> {
  const losses = tf.tidy(() => objective.evaluate(batch()).losses);
  const values = await losses.data();
  losses.dispose();
  return Array.from(values, (value) => Number(value.toPrecision(5)));
}

function probePairs(certainty: boolean): RewardedPairBatch {
  return {
    policyChosen: tf.tensor1d([-20, -41, -8.5]),
    policyRejected: tf.tensor1d([-24, -37, -9]),
    referenceChosen: tf.tensor1d([-21, -40, -9.5]),
    referenceRejected: tf.tensor1d([-22, -38, -8]),
    chosenLength: tf.tensor1d([8, 12, 3]),
    rejectedLength: tf.tensor1d([10, 9, 4]),
    ...(certainty && {
      chosenCertainty: tf.tensor1d([-0.5, -0.1, -0.9]),
      rejectedCertainty: tf.tensor1d([-0.2, -0.4, -0.3]),
    }),
  };
}

function probeSamples(): SampleBatch {
  return {
    policy: tf.tensor1d([-20, -41, -8.5, -9]),
    reference: tf.tensor1d([-21, -40, -9.5, -8]),
    rewards: tf.tensor1d([1, -0.5, 0.25, 2]),
    length: tf.tensor1d([8, 12, 3, 4]),
    group: tf.tensor1d([0, 0, 1, 1]),
  };
}
