import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective, PairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import {
  pairLogProbs,
  pairTokens,
  type ReferenceLogProbs,
  requireFingerprint,
} from '../inference/reference-log-probs.js';
import { runTraining } from '../loop/training-loop.js';
import type { TrainingOptions, TrainingResult } from '../loop/training-options.js';
import { probeObjective } from '../objective/objective-probe.js';
import { pairBatch, summarizePairs } from '../objective/pair-batch.js';
import { fingerprintExamples, fingerprintParameters } from '../run/fingerprint.js';
import { movingReference, type ReferenceSync } from './reference-sync.js';
import { restoreModel, saveModel } from './sft.js';

export interface PreferenceOptions extends TrainingOptions {
  /** Log-probabilities of the policy that made the data, where it is not the reference. */
  readonly behaviorLogProbs?: ReferenceLogProbs;
  /** Set it where the policy deliberately starts elsewhere than at the reference; else that is an error. */
  readonly startsAwayFromReference?: boolean;
  /** Moves the reference towards the policy along the run; it stays where absent. */
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
 * @param reference log π_ref of these pairs, from `computeReferenceLogProbs`
 * @param pairs prompt, chosen, and rejected tokens; a response ends with the end-of-text token
 * @param objective a value, from @ais/objectives or from anywhere else
 * @param options see `TrainingOptions`, and `behaviorLogProbs`
 * @returns what the run left
 * @throws {TrainerError} `reference-mismatch` where the log-probabilities are of other pairs, or of another model than
 *   the policy as it starts; `unsupported-objective` where the objective does not learn from pairs
 * @throws {TrainingInterrupted} {NonFiniteTraining}
 */
export async function trainPreference(
  model: CausalLanguageModel,
  reference: ReferenceLogProbs,
  pairs: readonly TokenizedPair[],
  objective: Objective,
  options: PreferenceOptions,
): Promise<TrainingResult> {
  if (objective.requires.feedback !== 'pairs') {
    throw new TrainerError(
      'unsupported-objective',
      `The objective "${objective.name}" learns from ${objective.requires.feedback}, not from pairs.`,
    );
  }
  const { batchSize, microBatchSize = batchSize, behaviorLogProbs } = options;
  if (objective.requires.wholeBatch && microBatchSize < batchSize) {
    throw new TrainerError(
      'unsupported-objective',
      `The losses of "${objective.name}" depend on the whole batch. Set microBatchSize to batchSize (${batchSize}).`,
    );
  }
  const data = fingerprintExamples(pairs);
  const start = await fingerprintParameters(model.parameters);
  requireFingerprint(
    reference,
    options.startsAwayFromReference ? { data } : { data, model: start },
    'The reference of this run',
  );
  if (behaviorLogProbs) requireFingerprint(behaviorLogProbs, { data }, 'The behavior policy of this run');

  const pair = (index: number): TokenizedPair =>
    pairs[index] ?? { id: '', prompt: [], chosen: [], rejected: [] };
  const sync = options.referenceSync && movingReference(options.referenceSync);
  // The data were made by the reference as it was at first, wherever it moves to.
  const behavior = behaviorLogProbs ?? (sync && reference);
  // Of a step's pairs once the reference has moved; before that, the log-probabilities given serve.
  let moved: ReadonlyMap<number, { readonly chosen: number; readonly rejected: number }> | undefined;

  return runTraining(
    {
      name: 'preference',
      configuration: {
        objective: { name: objective.name, lossesAtProbe: await probeObjective(objective) },
        data: { pairs: pairs.length, sha256: data },
        reference: reference.fingerprint.model,
        ...sync?.configuration,
        ...(behaviorLogProbs && { behavior: behaviorLogProbs.fingerprint.model }),
      },
      parameters: model.parameters,
      exampleCount: pairs.length,
      recordId: (index) => pair(index).id,
      tokens: (index) => pairTokens(pair(index)),
      weight: () => 1,
      ...(sync && {
        async prepare(indices, { step, signal }) {
          if (!sync.movedBy(step)) return;
          const logProbs = await pairLogProbs(sync.model, indices.map(pair), {
            microBatchSize,
            ...(signal && { signal }),
          });
          moved = new Map(
            indices.map((index, row) => [
              index,
              { chosen: logProbs.chosen[row] ?? Number.NaN, rejected: logProbs.rejected[row] ?? Number.NaN },
            ]),
          );
        },
        updated: (step) => sync.updated(step, model.parameters),
      }),
      evaluate(indices) {
        const found = pairBatch(model, indices.map(pair), objective, { indices, reference, behavior });
        const batch = moved ? { ...found, ...movedLogProbs(moved, indices) } : found;
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

function movedLogProbs(
  moved: ReadonlyMap<number, { readonly chosen: number; readonly rejected: number }>,
  indices: readonly number[],
): Pick<PairBatch, 'referenceChosen' | 'referenceRejected'> {
  const pick = (name: 'chosen' | 'rejected'): tf.Tensor1D =>
    tf.tensor1d(indices.map((index) => moved.get(index)?.[name] ?? Number.NaN));
  return { referenceChosen: pick('chosen'), referenceRejected: pick('rejected') };
}
