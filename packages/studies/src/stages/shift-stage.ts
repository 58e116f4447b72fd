import { join } from 'node:path';
import { loadPretrained, savePretrained } from '@ais/language-model';
import { runSteps, trainingOptions } from '@ais/pipeline';
import type { TrainingSettings } from '@ais/pipeline/settings';
import { computeReferenceLogProbs, trainPreference } from '@ais/trainer';
import type { StageContext } from '@ais/workflow';
import { loadPairs, referencePath } from './pairs-stage.js';
import { chooseMethod, type StageMethod } from './preference-stage.js';
import { runContext } from './step-context.js';

export interface ShiftStageSettings {
  readonly method: StageMethod;
  readonly beta: number;
  readonly training: TrainingSettings;
  /** Shares of the run after which the two policies are kept. */
  readonly early: number;
  readonly late: number;
  readonly seed: number;
}

/** Updates after which the two policies were kept. */
export interface ShiftSummary {
  readonly early: number;
  readonly late: number;
}

/**
 * Makes the policies that D2 and D3 are sampled from: two checkpoints of one preference run, left in `early` and `late`.
 *
 * The run ends at the later one; its schedule is that of the whole run all the same.
 */
export async function trainShiftedPolicies(
  { method, beta, training, seed, ...shares }: ShiftStageSettings,
  inputs: Readonly<Record<'policy' | 'pairs', string>>,
  context: StageContext,
): Promise<ShiftSummary> {
  const chosen = await chooseMethod(method, beta);
  if (chosen.feedback !== 'pairs')
    throw new Error(`${method.objective} learns from samples, not from pairs.`);
  const pairs = await loadPairs(inputs.pairs);
  const steps = runSteps(training, pairs.length);
  const at = (share: number): number => Math.max(1, Math.round(share * steps));
  const kept = { early: at(shares.early), late: at(shares.late) };
  const policy = await loadPretrained(join(inputs.policy, 'model'));
  try {
    const reference = await computeReferenceLogProbs(policy, pairs, {
      microBatchSize: training.microBatchSize,
      path: referencePath(inputs.pairs),
      signal: context.signal,
    });
    await trainPreference(policy, reference, pairs, chosen.objective, {
      ...trainingOptions('train', { seed, training }, policy.parameters.keys(), runContext(context)),
      evaluateAt: [kept.early, kept.late],
      onEvaluate: async ({ step }) => {
        for (const name of ['early', 'late'] as const) {
          if (step === kept[name]) await savePretrained(policy, join(context.directory, name));
        }
        return {};
      },
      callbacks: [
        {
          evaluate: ({ step }, run) => {
            if (step === kept.late) run.stop('both policies are kept');
          },
        },
      ],
    });
    return kept;
  } finally {
    policy.dispose();
  }
}
