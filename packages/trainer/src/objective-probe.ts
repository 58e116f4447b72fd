import type { Objective, PairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

/**
 * An objective's losses on a few fixed pairs, which tell two settings of it apart where the name does not.
 *
 * An objective is a value with functions inside, so its β or its smoothing cannot be read from it. What it answers can:
 * a run that is resumed with another β is noticed by these numbers.
 *
 * @returns one loss a pair, rounded to 5 digits, so that another back end's rounding is no difference
 */
export async function probeObjective(objective: Objective): Promise<readonly number[]> {
  const losses = tf.tidy(() => objective.evaluate(probe(objective)).losses);
  const values = await losses.data();
  losses.dispose();
  return Array.from(values, (value) => Number(value.toPrecision(5)));
}

function probe(objective: Objective): PairBatch {
  return {
    policyChosen: tf.tensor1d([-20, -41, -8.5]),
    policyRejected: tf.tensor1d([-24, -37, -9]),
    referenceChosen: tf.tensor1d([-21, -40, -9.5]),
    referenceRejected: tf.tensor1d([-22, -38, -8]),
    chosenLength: tf.tensor1d([8, 12, 3]),
    rejectedLength: tf.tensor1d([10, 9, 4]),
    ...(objective.requires.certainty && {
      chosenCertainty: tf.tensor1d([-0.5, -0.1, -0.9]),
      rejectedCertainty: tf.tensor1d([-0.2, -0.4, -0.3]),
    }),
  };
}
