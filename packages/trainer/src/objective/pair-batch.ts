import type { CausalLanguageModel, PairTokens } from '@ais/language-model';
import type { Objective, PairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import type { ReferenceLogProbs } from '../inference/reference-log-probs.js';
import { means } from '../loop/train-step.js';
import type { Metrics } from '../loop/training-metrics.js';

type StoredLogProbs = Pick<ReferenceLogProbs, 'chosen' | 'rejected'>;

/**
 * What an objective is given of some pairs, under the tape: what its `requires` names, and what is known of the behavior policy.
 *
 * @param pairs the pairs at `indices`
 * @param stored log-probabilities of all pairs
 */
export function pairBatch(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  pairs: readonly PairTokens[],
  objective: Pick<Objective, 'requires'>,
  stored: {
    readonly indices: readonly number[];
    readonly reference: StoredLogProbs | undefined;
    readonly behavior?: StoredLogProbs | undefined;
  },
): PairBatch {
  const { requires } = objective;
  const { indices, behavior } = stored;
  const reference = requires.reference ? stored.reference : undefined;
  const pick = (values: Float32Array): tf.Tensor1D =>
    tf.tensor1d(indices.map((index) => values[index] ?? Number.NaN));
  return {
    ...policyLogProbs(model, pairs, requires.certainty ?? false),
    ...(reference && {
      referenceChosen: pick(reference.chosen),
      referenceRejected: pick(reference.rejected),
    }),
    ...(behavior && { behaviorChosen: pick(behavior.chosen), behaviorRejected: pick(behavior.rejected) }),
    ...pairLengths(pairs),
    // An objective that reads no reference takes batches without one.
  } as PairBatch;
}

/** |y_w| and |y_l| in tokens, end-of-text included. */
export function pairLengths(
  pairs: readonly PairTokens[],
): Pick<PairBatch, 'chosenLength' | 'rejectedLength'> {
  return {
    chosenLength: tf.tensor1d(pairs.map(({ chosen }) => chosen.length)),
    rejectedLength: tf.tensor1d(pairs.map(({ rejected }) => rejected.length)),
  };
}

/** log π_θ of both responses of each pair, under the tape, and their certainties where the objective reads them. */
export function policyLogProbs(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  pairs: readonly PairTokens[],
  certainty: boolean,
): Pick<PairBatch, 'policyChosen' | 'policyRejected' | 'chosenCertainty' | 'rejectedCertainty'> {
  if (!certainty) {
    const { chosen, rejected } = model.responseLogProbs(pairs);
    return { policyChosen: chosen, policyRejected: rejected };
  }
  const { chosen, rejected, chosenCertainty, rejectedCertainty } = model.responseLogProbs(pairs, {
    certainty,
  });
  return { policyChosen: chosen, policyRejected: rejected, chosenCertainty, rejectedCertainty };
}

/** Means; but the largest weight, and how many pairs carry the weight, are the whole batch's, not a micro-batch's. */
export function summarizePairs(metrics: Readonly<Record<string, readonly number[]>>): Metrics {
  const weights = metrics['weights/mean'];
  if (!weights) return means(metrics);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  return {
    ...means(metrics),
    'weights/max': Math.max(...weights),
    'weights/effective_sample_size': (total * total) / (weights.length * squares),
  };
}
