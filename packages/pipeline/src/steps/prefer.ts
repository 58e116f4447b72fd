import type { CausalLanguageModel } from '@ais/language-model';
import {
  evaluatePreference,
  type ReferenceLogProbs,
  type TrainingResult,
  trainPreference,
} from '@ais/trainer';
import { fingerprintExamples, requireColumns } from '@ais/trainer/runs';
import type { RunContext } from '../context.js';
import type { ChosenObjective } from '../registries/objectives.js';
import type { ReferenceSyncSettings } from '../settings/command-settings.js';
import { type EvaluationsPlan, evaluationsAlong } from './recorded-evaluations.js';
import {
  heldOutReference,
  type ReferencedPairs,
  referenceOfRun,
  requireSameStart,
  syncedReference,
} from './run-reference.js';
import { type Run, runSteps, trainingOptions, warnOfIdleRun } from './training-options.js';

/** Preference pairs, and what is known of the policy that wrote them. */
export interface PairSet extends ReferencedPairs {
  /** log μ of both responses; the reference's are taken by default. */
  readonly behavior?: ReferenceLogProbs;
}

/** What `prefer` is given besides the model and the pairs. */
export interface PreferenceRun extends Run {
  readonly evaluations?: Omit<EvaluationsPlan, 'directory' | 'steps'>;
  readonly referenceSync?: ReferenceSyncSettings | undefined;
}

/**
 * Trains a policy in place on preference pairs with any objective over pairs.
 *
 * The reference's log-probabilities are kept in the run directory. Those of all pairs are computed first, unless the pairs are left in a
 * file: then those of a step are computed before it.
 *
 * @param roles the reference may be left out where neither the objective nor `referenceSync` needs one
 * @param chosen an objective over pairs, as `tryObjective` gives it by its name
 * @param pairs to train on, and to measure the objective on where `evaluations` are asked for
 * @throws {TrainerError} `missing-column` if a pair lacks a number that the objective reads
 * @example
 * const { training } = await readSettings('train', { flags: { preset: 'tiny', training: { steps: 2, batchSize: 4 } } });
 * const pairs = pairsOfCorpus(examplesOf(corpus, 'supervised'), corpus.source);
 * const { metrics } = await prefer(
 *   { policy: model, reference },
 *   { feedback: 'pairs', online: false, objective: dpo({ beta: 0.1 }) },
 *   { trained: { pairs }, heldOut: { pairs: [] } },
 *   { seed: 1, training },
 *   runContext('runs/dpo'),
 * );
 * console.log('rewards/margins' in metrics); // true
 */
export async function prefer(
  { policy, reference }: { readonly policy: CausalLanguageModel; readonly reference?: CausalLanguageModel },
  { objective }: Extract<ChosenObjective, { feedback: 'pairs' }>,
  { trained, heldOut }: { readonly trained: PairSet; readonly heldOut: PairSet },
  run: PreferenceRun,
  context: RunContext,
): Promise<TrainingResult> {
  const { training, referenceSync, evaluations } = run;
  const { directory } = context;
  warnOfIdleRun(training, trained.pairs.length, context);
  const microBatchSize = Math.min(training.microBatchSize, training.batchSize);
  // What the trainer would refuse only after the reference's pass over all pairs.
  requireColumns(objective, trained.pairs);
  requireColumns(objective, heldOut.pairs);
  await requireSameStart(context, run, objective.requires.reference ? reference : undefined, () => ({
    pairs: trained.pairs.length,
    sha256: fingerprintExamples(trained.pairs),
  }));
  const nothing: PairSet = { pairs: [] };
  const ofReference = await referenceOfRun(
    reference,
    objective,
    // Those of held-out pairs are not needed unless something is measured on them.
    { trained, heldOut: evaluations ? heldOut : nothing },
    { microBatchSize, moves: referenceSync !== undefined, context },
  );
  try {
    const along =
      evaluations &&
      evaluationsAlong(
        policy,
        { ...evaluations, directory, steps: runSteps(training, trained.pairs.length) },
        context,
      );
    const reads = heldOutReference(
      reference,
      ofReference.heldOut,
      heldOut.pairs,
      referenceSync,
      microBatchSize,
    );
    // As in training, the data were made by the reference as it was at first.
    const behavior = heldOut.behavior ?? (referenceSync && ofReference.heldOut);
    return await trainPreference(policy, ofReference.trained, trained.pairs, objective, {
      ...trainingOptions('train', run, policy.parameters.keys(), context),
      ...(trained.behavior && { behaviorLogProbs: trained.behavior }),
      ...syncedReference(reference, referenceSync),
      ...along,
      ...(along &&
        heldOut.pairs.length > 0 && {
          onEvaluate: async (at) => ({
            ...(await evaluatePreference(policy, await reads(at), heldOut.pairs, objective, {
              batchSize: microBatchSize,
              behavior,
              ...(at.signal && { signal: at.signal }),
            })),
            ...(await along.onEvaluate(at)),
          }),
        }),
    });
  } finally {
    await ofReference.close?.();
  }
}
