import type { Scorer } from '@ais/gold-eval';
import type { PromptResponse, RewardModel } from '@ais/language-model';
import { fingerprintParameters } from '../run/fingerprint.js';
import { scoreSequences } from './score-sequences.js';

/**
 * Makes a scorer of a reward model, to judge responses by their tokens.
 *
 * @param model its scores are centered by its offset
 * @param options.batchSize sequences in memory at once; 32 by default
 * @returns a scorer whose name tells the model's weights, `reward-model 1f0c…`
 * @example
 * const scorer = await rewardModelScorer(gold);
 * await trainOnlinePreference({ policy, reference, scorer }, prompts, dpo({ beta: 0.05 }), options);
 */
export async function rewardModelScorer(
  model: Pick<RewardModel, 'scores' | 'parameters' | 'offset'>,
  options: { readonly batchSize?: number } = {},
): Promise<Scorer<PromptResponse>> {
  const fingerprint = await fingerprintParameters(model.parameters);
  return {
    specificationVersion: 'v1',
    name: `reward-model ${fingerprint.slice(0, 16)} − ${model.offset}`,
    score: (items, { signal, onProgress } = {}) =>
      scoreSequences(
        model,
        items.map(({ prompt, response }) => [...prompt, ...response]),
        { ...options, ...(signal && { signal }), ...(onProgress && { onProgress }) },
      ),
  };
}
