import { join } from 'node:path';
import type { CausalLanguageModel } from '@ais/language-model';
import {
  computeReferenceLogProbs,
  evaluateUnpaired,
  mismatchedPairs,
  type ReferenceLogProbs,
  type TrainingResult,
  trainUnpaired,
} from '@ais/trainer';
import type { RunContext } from '../context.js';
import type { LabeledResponses, LabeledRow } from '../corpus/labeled-responses.js';
import type { ChosenObjective } from '../registries/objectives.js';
import type { PreferenceRun } from './prefer.js';
import { evaluationsAlong } from './recorded-evaluations.js';
import { runSteps, trainingOptions } from './training-options.js';

/**
 * Trains a policy in place on labeled responses with any objective over them.
 *
 * @param roles the reference may be left out where neither the objective nor `referenceSync` needs one
 */
export async function learnLabeled(
  { policy, reference }: { readonly policy: CausalLanguageModel; readonly reference?: CausalLanguageModel },
  { objective }: Extract<ChosenObjective, { feedback: 'unpaired' }>,
  { trained, heldOut }: LabeledResponses,
  run: PreferenceRun,
  context: RunContext,
): Promise<TrainingResult> {
  const { training, referenceSync, evaluations } = run;
  const { directory, signal } = context;
  const microBatchSize = Math.min(training.microBatchSize, training.batchSize);
  const read = objective.requires.reference ? reference : undefined;
  const logProbs = async (
    rows: readonly LabeledRow[],
    name: string,
    task: string,
  ): Promise<ReferenceLogProbs | undefined> =>
    read && rows.length > 0
      ? computeReferenceLogProbs(read, mismatchedPairs(rows), {
          microBatchSize,
          tokens: objective.requires.tokens ?? false,
          path: join(directory, name),
          signal,
          onProgress: (completed, total) =>
            context.onProgress({ task, completed, total, detail: 'log-probabilities' }),
        })
      : undefined;
  const ofTrained = await logProbs(trained, 'reference-log-probs.json', `reference of ${context.title}`);
  const ofHeldOut = await logProbs(
    heldOut,
    'held-out-reference-log-probs.json',
    `held-out reference of ${context.title}`,
  );
  const along =
    evaluations &&
    evaluationsAlong(
      policy,
      { ...evaluations, directory, steps: runSteps(training, trained.length) },
      context,
    );
  const { every, mixup } = referenceSync ?? {};
  return trainUnpaired(policy, ofTrained, trained, objective, {
    ...trainingOptions('train', run, policy.parameters.keys(), context),
    ...(every !== undefined &&
      reference && {
        referenceSync: { model: reference, every, ...(mixup !== undefined && { mixup }) },
      }),
    ...along,
    ...(along &&
      heldOut.length > 0 && {
        onEvaluate: async (at) => ({
          ...(await evaluateUnpaired(policy, ofHeldOut, heldOut, objective, {
            batchSize: microBatchSize,
            ...(at.signal && { signal: at.signal }),
          })),
          ...(await along.onEvaluate(at)),
        }),
      }),
  });
}
