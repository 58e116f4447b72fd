import { join } from 'node:path';
import { loadPretrained, savePretrained } from '@ais/language-model';
import { computeReferenceLogProbs, trainPreference } from '@ais/trainer';
import { loadPairs, referencePath } from './pairs-stage.js';
import type { StageContext } from './stage-context.js';
import { methodObjective, type StageMethod } from './stage-method.js';
import type { TrainingSettings } from './stage-settings.js';
import { trainingOptions, trainingSteps } from './training-options.js';

export interface ShiftStageSettings {
  readonly method: StageMethod;
  readonly beta: number;
  readonly training: TrainingSettings;
  /** Shares of the training after which π_θ1 and π_θ2 are kept. */
  readonly early: number;
  readonly late: number;
  readonly seed: number;
  readonly microBatchSize: number;
}

export interface ShiftSummary {
  /** Updates after which each policy was kept. */
  readonly early: number;
  readonly late: number;
}

/**
 * Makes the policies that D2 and D3 are sampled from: two checkpoints of one preference run, left in `early` and `late`.
 *
 * The run ends at the later one; its schedule is that of the whole run all the same.
 */
export async function trainShiftedPolicies(
  settings: ShiftStageSettings,
  folders: Readonly<Record<'policy' | 'pairs', string>>,
  directory: string,
  context: StageContext,
): Promise<ShiftSummary> {
  const { method, beta, training, microBatchSize } = settings;
  const chosen = await methodObjective(method, beta);
  if (chosen.feedback !== 'pairs')
    throw new Error(`${method.objective} learns from samples, not from pairs.`);
  const pairs = await loadPairs(folders.pairs);
  const steps = trainingSteps(training, pairs.length);
  const at = (share: number): number => Math.max(1, Math.round(share * steps));
  const kept = { early: at(settings.early), late: at(settings.late) };
  const policy = await loadPretrained(join(folders.policy, 'model'));
  try {
    const reference = await computeReferenceLogProbs(policy, pairs, {
      microBatchSize,
      path: referencePath(folders.pairs),
      signal: context.signal,
    });
    await trainPreference(policy, reference, pairs, chosen.objective, {
      ...trainingOptions(training, { ...settings, directory }, context),
      evaluateAt: [kept.early, kept.late],
      onEvaluate: async ({ step }) => {
        for (const name of ['early', 'late'] as const) {
          if (step === kept[name]) await savePretrained(policy, join(directory, name));
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
