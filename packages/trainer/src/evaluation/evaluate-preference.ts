import type { Examples, TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { logProbPicker } from '../inference/pick-log-probs.js';
import { pairTokens, type ReferenceLogProbs, readableReference } from '../inference/reference-log-probs.js';
import type { Metrics } from '../loop/training-options.js';
import { besidePolicy, policyLogProbs, requireColumns, summarizePairs } from '../objective/pair-batch.js';
import { evaluatedColumns, evaluationMetrics } from './evaluated-columns.js';

/**
 * Measures an objective on held-out pairs, without training.
 *
 * An objective with `wholeBatch` is evaluated once, on all pairs, so that its loss does not depend on `batchSize` either. One that
 * compares every pair with every other, such as `aot`, takes memory for the square of their number.
 *
 * @param model the policy; stays as it is
 * @param reference log π_ref of these pairs, from `computeReferenceLogProbs`; an objective that reads no reference needs none
 * @param pairs [n], other than those trained on
 * @param options.batchSize pairs that the model reads at once; 16 by default
 * @param options.behavior log μ of these pairs; the reference's by default
 * @returns `eval_preference_loss`, the mean loss, and the objective's metrics with `eval_` before their names, such as
 *   `eval_rewards/accuracies` and `eval_rewards/margins`; means over the pairs, whose number is `eval_pairs`
 * @throws {TrainerError} `missing-reference`; `invalid-option` for a `batchSize` that is not an integer, or below 1
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
    wholeBatch: objective.requires.wholeBatch,
    policy: (items) => policyLogProbs(model, items, objective.requires),
    evaluate: (policy, chunk) => {
      const indices = chunk.map(({ index }) => index);
      const items = chunk.map(({ item }) => item);
      const stored = { reference: pickReference?.(indices), behavior: pickBehavior?.(indices) };
      return objective.evaluate(besidePolicy(policy, items, objective, stored));
    },
  });
  return evaluationMetrics({ ...summarizePairs(columns), pairs: pairs.length });
}
