import * as tf from '@tensorflow/tfjs-core';
import type { Objective, ReferenceFreePairBatch } from '../src/index.js';

/** The losses of an objective with a reference that finds all responses equally likely. */
export function withUniformReference(objective: Objective): Objective<ReferenceFreePairBatch> {
  return {
    ...objective,
    evaluate: (batch) =>
      tf.tidy(() => {
        const uniform = tf.zerosLike(batch.chosenLength);
        const { losses } = objective.evaluate({
          ...batch,
          referenceChosen: uniform,
          referenceRejected: uniform,
        });
        return { losses, metrics: {} };
      }),
  };
}
