import type { Examples, TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { logProbPicker } from '../inference/pick-log-probs.js';
import { pairTokens, type ReferenceLogProbs, readableReference } from '../inference/reference-log-probs.js';
import type { Metrics } from '../loop/training-options.js';
import { pairBatch, requireColumns, summarizePairs } from '../objective/pair-batch.js';
import { evaluatedColumns, evaluationMetrics } from './evaluated-columns.js';

/**
 * Measures an objective on held-out pairs, without training.
 *
 * @param model the policy; stays as it is
 * @param reference log π_ref of these pairs, from `computeReferenceLogProbs`; an objective that reads no reference needs none
 * @param pairs [n], other than those trained on
 * @param options.batchSize pairs in memory at once; 16 by default
 * @param options.behavior log μ of these pairs; the reference's by default
 * @returns `eval_preference_loss`, the mean loss, and the objective's metrics with `eval_` before their names, such as
 *   `eval_rewards/accuracies` and `eval_rewards/margins`; means over the pairs, whose number is `eval_pairs`
 * @throws {TrainerError} `missing-reference`
 * @throws the signal's reason when it aborts
 * @example
 * const logProbs = await computeReferenceLogProbs(reference, pairs, { microBatchSize: 2 });
 * const metrics = await evaluatePreference(reference, logProbs, pairs, dpo({ beta: 0.1 }));
 * console.log(metrics['eval_preference_loss'].toFixed(3)); // 0.693
 */
export async function evaluatePreference(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  reference: ReferenceLogProbs | undefined,
  pairs: Examples<TokenizedPair>,
  objective: Objective,
  options: {
    readonly batchSize?: number;
    readonly behavior?: ReferenceLogProbs | undefined;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Metrics> {
  const { batchSize = 16, behavior, signal } = options;
  const logProbs = readableReference(objective, reference);
  requireColumns(objective, pairs);
  const pickReference = logProbs && logProbPicker(logProbs, pairs);
  const pickBehavior = behavior && logProbPicker(behavior, pairs);
  const columns = await evaluatedColumns(pairs, {
    loss: 'preference_loss',
    length: pairTokens,
    batchSize,
    signal,
    evaluate: (chunk) => {
      const indices = chunk.map(({ index }) => index);
      return objective.evaluate(
        pairBatch(
          model,
          chunk.map(({ item }) => item),
          objective,
          { reference: pickReference?.(indices), behavior: pickBehavior?.(indices) },
        ),
      );
    },
  });
  return evaluationMetrics({ ...summarizePairs(columns), pairs: pairs.length });
}
