import { type Examples, mapExamples, type TokenizedPair } from '@ais/data';
import { type PreferenceAccuracy, preferenceAccuracy } from '@ais/gold-eval';
import type { RewardModel } from '@ais/language-model';
import { scoreSequences } from '../inference/score-sequences.js';

/**
 * Measures how well a reward model orders pairs, and how well its confidence is calibrated.
 *
 * @returns accuracy with its interval, log loss, Brier score, calibration error, from `preferenceAccuracy`
 * @throws {TrainerError} `invalid-option` for a `batchSize` that is not an integer, or below 1
 * @example
 * const rewardModel = createRewardModel(reference, { seed: 1 });
 * const { accuracy } = await evaluateRewardModel(rewardModel, pairs);
 * console.log(accuracy.n); // 2
 */
export async function evaluateRewardModel(
  model: Pick<RewardModel, 'scores'>,
  pairs: Examples<TokenizedPair>,
  options: { readonly batchSize?: number; readonly signal?: AbortSignal } = {},
): Promise<PreferenceAccuracy> {
  const scores = await scoreSequences(
    model,
    joined(mapExamples(pairs, chosenSequence), mapExamples(pairs, rejectedSequence)),
    options,
  );
  return preferenceAccuracy(scores.slice(0, pairs.length), scores.slice(pairs.length));
}

/** One list after the other. */
function joined<T>(first: Examples<T>, second: Examples<T>): Examples<T> {
  return {
    length: first.length + second.length,
    at: (index) => (index < first.length ? first.at(index) : second.at(index - first.length)),
    *[Symbol.iterator]() {
      yield* first;
      yield* second;
    },
  };
}

/** Prompt and preferred response. */
export const chosenSequence = ({ prompt, chosen }: TokenizedPair): readonly number[] => [
  ...prompt,
  ...chosen,
];

/** Prompt and rejected response. */
export const rejectedSequence = ({ prompt, rejected }: TokenizedPair): readonly number[] => [
  ...prompt,
  ...rejected,
];
