import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { chunksByLength } from '../inference/length-chunks.js';
import { logProbPicker } from '../inference/pick-log-probs.js';
import { pairTokens, type ReferenceLogProbs, readableReference } from '../inference/reference-log-probs.js';
import type { Metrics } from '../loop/training-options.js';
import { pairBatch, requireColumns, summarizePairs } from '../objective/pair-batch.js';
import { exampleRows } from '../optimizer/gradient-accumulation.js';

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
 */
export async function evaluatePreference(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  reference: ReferenceLogProbs | undefined,
  pairs: readonly TokenizedPair[],
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
  const columns = new Map<string, number[]>();
  for await (const chunk of chunksByLength(pairs, pairTokens, batchSize, signal)) {
    let names: readonly string[] = [];
    const rows = tf.tidy(() => {
      const indices = chunk.map(({ index }) => index);
      const items = chunk.map(({ item }) => item);
      const { losses, metrics } = objective.evaluate(
        pairBatch(model, items, objective, {
          reference: pickReference?.(indices),
          behavior: pickBehavior?.(indices),
        }),
      );
      names = ['preference_loss', ...Object.keys(metrics)];
      return exampleRows(losses, metrics, chunk.length);
    });
    const values = await rows.data<'float32'>();
    rows.dispose();
    names.forEach((name, column) => {
      const found = columns.get(name) ?? [];
      columns.set(name, found);
      for (let row = 0; row < chunk.length; row++)
        found.push(values[row * names.length + column] ?? Number.NaN);
    });
  }
  const summary = { ...summarizePairs(Object.fromEntries(columns)), pairs: pairs.length };
  return Object.fromEntries(Object.entries(summary).map(([name, value]) => [`eval_${name}`, value]));
}
