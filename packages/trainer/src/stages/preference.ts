import type { Examples, TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { logProbPicker } from '../inference/pick-log-probs.js';
import { pairTokens, type ReferenceLogProbs, requireLogProbs } from '../inference/reference-log-probs.js';
import { runTraining } from '../loop/training-loop.js';
import type { TrainingOptions, TrainingResult } from '../loop/training-options.js';
import { admitObjective } from '../objective/admit-objective.js';
import { pairBatch, requireColumns, summarizePairs } from '../objective/pair-batch.js';
import { fingerprintExamples } from '../run/fingerprint.js';
import { requirePairResponses } from '../run/require-responses.js';
import type { ReferenceOptions } from './reference-sync.js';
import { keptPolicy, trackedReference } from './tracked-reference.js';

/** Options of `trainPreference`. */
export interface PreferenceOptions extends TrainingOptions, ReferenceOptions {
  /** Log-probabilities of the policy that made the data, if it is not the reference; importance weights read them. */
  readonly behaviorLogProbs?: ReferenceLogProbs;
}

/**
 * Trains a policy on preference pairs with any objective.
 *
 * `loss = (1/n)·Σ objective.evaluate(batch).losses`, the mean over the n pairs of a batch, whatever the micro-batches.
 *
 * @param model the policy; its parameters are trained in place
 * @param reference log π_ref of these pairs, from `computeReferenceLogProbs`; an objective that reads no reference needs none
 * @param pairs prompt, chosen, and rejected tokens; a response ends with the end-of-text token
 * @param objective a value, from @ais/objectives or from anywhere else
 * @param options see `TrainingOptions`, and `behaviorLogProbs`
 * @returns what the run left
 * @throws {TrainerError} `unsupported-objective`, before anything else is done; `missing-reference`; `missing-column`; `reference-mismatch` if the
 *   log-probabilities are of other pairs, or of another model than the policy as it starts, or not of every pair
 * @throws {TrainingInterrupted} {NonFiniteTraining}
 * @example
 * const logProbs = await computeReferenceLogProbs(policy, pairs, { microBatchSize: 2 });
 * const { metrics } = await trainPreference(policy, logProbs, pairs, dpo({ beta: 0.1 }), {
 *   directory: 'runs/aligned',
 *   seed: 1,
 *   steps: 20,
 *   batchSize: 2,
 *   learningRate: 1e-2,
 * });
 * console.log(metrics['rewards/accuracies']); // 1
 */
export async function trainPreference(
  model: CausalLanguageModel,
  reference: ReferenceLogProbs | undefined,
  pairs: Examples<TokenizedPair>,
  objective: Objective,
  options: PreferenceOptions,
): Promise<TrainingResult> {
  const admitted = await admitObjective(objective, { feedback: 'pairs', ...options });
  const { behaviorLogProbs } = options;
  requireColumns(objective, pairs);
  requirePairResponses(pairs);
  const data = fingerprintExamples(pairs);
  const tracked = await trackedReference({ model, objective, pairs, data }, reference, options);
  const { logProbs, sync } = tracked;
  if (behaviorLogProbs) requireLogProbs(behaviorLogProbs, pairs, { data }, 'The behavior policy of this run');

  const pair = (index: number): TokenizedPair =>
    pairs.at(index) ?? { id: '', prompt: [], chosen: [], rejected: [] };
  // The data were made by the reference as it was at first, wherever it moves to.
  const behavior = behaviorLogProbs ?? (sync && logProbs);
  const pickBehavior = behavior && logProbPicker(behavior, pairs);

  return runTraining(
    {
      name: 'preference',
      configuration: {
        objective: admitted,
        data: { pairs: pairs.length, sha256: data },
        ...(logProbs && { reference: logProbs.fingerprint.model }),
        ...sync?.configuration,
        ...(behaviorLogProbs && { behavior: behaviorLogProbs.fingerprint.model }),
      },
      parameters: model.parameters,
      model,
      exampleCount: pairs.length,
      recordId: (index) => pair(index).id,
      tokens: (index) => pairTokens(pair(index)),
      weight: () => 1,
      ...((sync || logProbs?.ensure) && { prepare: tracked.prepare }),
      ...(sync && { updated: (step: number) => sync.updated(step, model.parameters) }),
      evaluate(indices) {
        const batch = pairBatch(model, indices.map(pair), objective, {
          reference: tracked.pick(indices),
          behavior: pickBehavior?.(indices),
        });
        const { losses, metrics } = objective.evaluate(batch);
        return {
          losses,
          metrics: { 'logps/chosen': batch.policyChosen, 'logps/rejected': batch.policyRejected, ...metrics },
        };
      },
      summarize: summarizePairs,
      ...keptPolicy(model, sync, options),
    },
    options,
  );
}
