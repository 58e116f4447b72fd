import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { logProbPicker, type PickedLogProbs } from '../inference/pick-log-probs.js';
import {
  pairLogProbs,
  pairTokens,
  type ReferenceLogProbs,
  readableReference,
  requireLogProbs,
} from '../inference/reference-log-probs.js';
import { runTraining } from '../loop/training-loop.js';
import type { TrainingOptions, TrainingResult } from '../loop/training-options.js';
import { admitObjective } from '../objective/admit-objective.js';
import { pairBatch, requireColumns, summarizePairs } from '../objective/pair-batch.js';
import { fingerprintExamples, fingerprintParameters } from '../run/fingerprint.js';
import { movingReference, type ReferenceSync } from './reference-sync.js';
import { restoreModel, saveModel } from './sft.js';

export interface PreferenceOptions extends TrainingOptions {
  /** Log-probabilities of the policy that made the data, if it is not the reference; importance weights read them. */
  readonly behaviorLogProbs?: ReferenceLogProbs;
  /** Set it if the policy deliberately starts elsewhere than at the reference; otherwise that is an error. */
  readonly startsAwayFromReference?: boolean;
  /** Moves the reference towards the policy along the run; by default it stays. */
  readonly referenceSync?: ReferenceSync & {
    /** The reference itself, whose log-probabilities `reference` holds; its parameters are moved in place. */
    readonly model: CausalLanguageModel;
  };
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
 */
export async function trainPreference(
  model: CausalLanguageModel,
  reference: ReferenceLogProbs | undefined,
  pairs: readonly TokenizedPair[],
  objective: Objective,
  options: PreferenceOptions,
): Promise<TrainingResult> {
  const admitted = await admitObjective(objective, { feedback: 'pairs', ...options });
  const { batchSize, microBatchSize = batchSize, behaviorLogProbs, referenceSync } = options;
  const logProbs = readableReference(objective, reference);
  requireColumns(objective, pairs);
  const data = fingerprintExamples(pairs);
  if (logProbs) {
    const start = options.startsAwayFromReference
      ? {}
      : { model: await fingerprintParameters(model.parameters) };
    requireLogProbs(logProbs, pairs, { data, ...start }, 'The reference of this run');
  }
  if (behaviorLogProbs) requireLogProbs(behaviorLogProbs, pairs, { data }, 'The behavior policy of this run');

  const pair = (index: number): TokenizedPair =>
    pairs[index] ?? { id: '', prompt: [], chosen: [], rejected: [] };
  const sync = referenceSync && movingReference(objective, referenceSync);
  // The data were made by the reference as it was at first, wherever it moves to.
  const behavior = behaviorLogProbs ?? (sync && logProbs);
  // Of a step's pairs once the reference has moved; before that, the log-probabilities given serve.
  let moved: ((indices: readonly number[]) => PickedLogProbs) | undefined;
  const pickReference = logProbs && logProbPicker(logProbs, pairs);
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
      ...(sync && {
        async prepare(indices, { step, signal }) {
          if (!sync.movedBy(step)) return;
          const items = indices.map(pair);
          const found = await pairLogProbs(sync.model, items, {
            microBatchSize,
            tokens: objective.requires.tokens ?? false,
            ...(signal && { signal }),
          });
          const pick = logProbPicker(found, items);
          moved = (some) => pick(some.map((index) => indices.indexOf(index)));
        },
        updated: (step) => sync.updated(step, model.parameters),
      }),
      evaluate(indices) {
        const batch = pairBatch(model, indices.map(pair), objective, {
          reference: (moved ?? pickReference)?.(indices),
          behavior: pickBehavior?.(indices),
        });
        const { losses, metrics } = objective.evaluate(batch);
        return {
          losses,
          metrics: { 'logps/chosen': batch.policyChosen, 'logps/rejected': batch.policyRejected, ...metrics },
        };
      },
      summarize: summarizePairs,
      async save(directory) {
        await saveModel(model, directory, options);
        await sync?.save(directory);
      },
      async restore(directory) {
        await restoreModel(model, directory);
        await sync?.restore(directory);
      },
    },
    options,
  );
}
