import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import {
  computeReferenceLogProbs,
  evaluatePreference,
  type ReferenceLogProbs,
  type TrainingResult,
  trainPreference,
} from '@ais/trainer';
import type { RunContext } from '../context.js';
import type { ChosenObjective } from '../registries/objectives.js';
import type { ReferenceSyncSettings } from '../settings/command-settings.js';
import { type EvaluationsPlan, evaluationsAlong } from './recorded-evaluations.js';
import { type Run, runSteps, trainingOptions } from './training-options.js';

/** Preference pairs, and what is known of the policy that wrote them. */
export interface PairSet {
  readonly pairs: readonly TokenizedPair[];
  /** log μ of both responses; the reference's are taken by default. */
  readonly behavior?: ReferenceLogProbs;
  /** Where the reference's log-probabilities are kept, so that they are computed once; in the run's folder by default. */
  readonly referencePath?: string;
}

export interface PreferenceRun extends Run {
  readonly evaluations?: Omit<EvaluationsPlan, 'directory' | 'steps'>;
  readonly referenceSync?: ReferenceSyncSettings | undefined;
}

/**
 * Trains a policy in place on preference pairs with any objective over pairs.
 *
 * @param roles the reference may be left out where neither the objective nor `referenceSync` needs one
 */
export async function prefer(
  { policy, reference }: { readonly policy: CausalLanguageModel; readonly reference?: CausalLanguageModel },
  { objective }: Extract<ChosenObjective, { feedback: 'pairs' }>,
  { trained, heldOut }: { readonly trained: PairSet; readonly heldOut: PairSet },
  run: PreferenceRun,
  context: RunContext,
): Promise<TrainingResult> {
  const { training, referenceSync, evaluations } = run;
  const { directory, signal } = context;
  const microBatchSize = Math.min(training.microBatchSize, training.batchSize);
  const logProbs = (
    model: CausalLanguageModel,
    { pairs, referencePath }: PairSet,
    name: string,
    task: string,
  ): Promise<ReferenceLogProbs> =>
    computeReferenceLogProbs(model, pairs, {
      microBatchSize,
      tokens: objective.requires.tokens ?? false,
      path: referencePath ?? join(directory, name),
      signal,
      onProgress: (completed, total) =>
        context.onProgress({ task, completed, total, detail: 'log-probabilities' }),
    });
  const read = objective.requires.reference ? reference : undefined;
  const ofTrained = read
    ? await logProbs(read, trained, 'reference-log-probs.json', `reference of ${context.title}`)
    : undefined;
  const ofHeldOut =
    read && heldOut.pairs.length > 0
      ? await logProbs(
          read,
          heldOut,
          'held-out-reference-log-probs.json',
          `held-out reference of ${context.title}`,
        )
      : undefined;
  const along =
    evaluations &&
    evaluationsAlong(
      policy,
      { ...evaluations, directory, steps: runSteps(training, trained.pairs.length) },
      context,
    );
  const { every, mixup } = referenceSync ?? {};
  return trainPreference(policy, ofTrained, trained.pairs, objective, {
    ...trainingOptions('train', run, policy.parameters.keys(), context),
    ...(trained.behavior && { behaviorLogProbs: trained.behavior }),
    ...(every !== undefined &&
      reference && {
        referenceSync: { model: reference, every, ...(mixup !== undefined && { mixup }) },
      }),
    ...along,
    ...(along &&
      heldOut.pairs.length > 0 && {
        onEvaluate: async (at) => ({
          ...(await evaluatePreference(policy, ofHeldOut, heldOut.pairs, objective, {
            batchSize: microBatchSize,
            behavior: heldOut.behavior,
            ...(at.signal && { signal: at.signal }),
          })),
          ...(await along.onEvaluate(at)),
        }),
      }),
  });
}
