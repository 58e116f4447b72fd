import type { CausalLanguageModel } from '@ais/language-model';
import { evaluateUnpaired, mismatchedPairs, type TrainingResult, trainUnpaired } from '@ais/trainer';
import { fingerprintExamples } from '@ais/trainer/runs';
import type { RunContext } from '../context.js';
import type { LabeledResponses } from '../pairs/labeled-responses.js';
import type { ChosenObjective } from '../registries/objectives.js';
import type { PreferenceRun } from './prefer.js';
import { evaluationsAlong } from './recorded-evaluations.js';
import { heldOutReference, referenceOfRun, requireSameStart, syncedReference } from './run-reference.js';
import { runSteps, trainingOptions, warnOfIdleRun } from './training-options.js';

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
  const { directory } = context;
  warnOfIdleRun(training, trained.length, context);
  const microBatchSize = Math.min(training.microBatchSize, training.batchSize);
  // Those of held-out responses are not needed unless something is measured on them.
  const heldOutPairs = evaluations ? mismatchedPairs(heldOut) : [];
  const pairs = mismatchedPairs(trained);
  await requireSameStart(context, run, objective.requires.reference ? reference : undefined, () => ({
    rows: trained.length,
    sha256: fingerprintExamples(pairs),
    desirable: trained.filter(({ desirable }) => desirable).length,
  }));
  const ofReference = await referenceOfRun(
    reference,
    objective,
    {
      trained: { pairs },
      heldOut: { pairs: heldOutPairs },
    },
    { microBatchSize, moves: referenceSync !== undefined, context },
  );
  const along =
    evaluations &&
    evaluationsAlong(
      policy,
      { ...evaluations, directory, steps: runSteps(training, trained.length) },
      context,
    );
  const reads = heldOutReference(reference, ofReference.heldOut, heldOutPairs, referenceSync, microBatchSize);
  return trainUnpaired(policy, ofReference.trained, trained, objective, {
    ...trainingOptions('train', run, policy.parameters.keys(), context),
    ...syncedReference(reference, referenceSync),
    ...along,
    ...(along &&
      heldOut.length > 0 && {
        onEvaluate: async (at) => ({
          ...(await evaluateUnpaired(policy, await reads(at), heldOut, objective, {
            batchSize: microBatchSize,
            ...(at.signal && { signal: at.signal }),
          })),
          ...(await along.onEvaluate(at)),
        }),
      }),
  });
}
