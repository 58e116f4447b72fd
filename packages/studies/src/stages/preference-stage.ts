import { join } from 'node:path';
import { loadPretrained } from '@ais/language-model';
import { computeReferenceLogProbs, readReferenceLogProbs, trainPreference } from '@ais/trainer';
import { evaluationsAlong, openEvaluator } from './evaluate-policy.js';
import { behaviorPath, loadPairs, referencePath } from './pairs-stage.js';
import type { StageContext } from './stage-context.js';
import { methodObjective, type StageMethod } from './stage-method.js';
import type { EvaluationSettings, TrainingSettings } from './stage-settings.js';
import { trainingOptions, trainingSteps } from './training-options.js';

export interface PreferenceStageSettings {
  readonly method: StageMethod;
  readonly beta: number;
  readonly training: TrainingSettings;
  readonly evaluation: EvaluationSettings;
  /** Pairs, the first ones, whose log-probabilities under the final policy are kept; none where absent. */
  readonly finalLogProbs?: number | undefined;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly microBatchSize: number;
}

export interface PreferenceSummary {
  readonly steps: number;
  readonly pairs: number;
}

/** Trains the SFT policy with one method on pairs, and evaluates it along the way; evaluations stand in its folder. */
export async function trainMethod(
  settings: PreferenceStageSettings,
  folders: Readonly<Record<'corpus' | 'policy' | 'gold' | 'pairs', string>>,
  directory: string,
  context: StageContext,
): Promise<PreferenceSummary> {
  const { method, beta, training, evaluation, microBatchSize, finalLogProbs = 0 } = settings;
  const { title, signal, progress } = context;
  const chosen = await methodObjective(method, beta);
  if (chosen.feedback !== 'pairs')
    throw new Error(`${method.objective} learns from samples, not from pairs.`);
  const pairs = await loadPairs(folders.pairs);
  const steps = trainingSteps(training, pairs.length);
  const evaluator = await openEvaluator(folders, settings);
  const policy = await loadPretrained(join(folders.policy, 'model'));
  try {
    const logProbs = { microBatchSize, signal };
    const reference = await computeReferenceLogProbs(evaluator.reference, pairs, {
      ...logProbs,
      path: referencePath(folders.pairs),
    });
    const behavior = method.behavior ? await readReferenceLogProbs(behaviorPath(folders.pairs)) : undefined;
    const result = await trainPreference(policy, reference, pairs, chosen.objective, {
      ...trainingOptions(training, { ...settings, directory }, context),
      ...(behavior && { behaviorLogProbs: behavior }),
      ...evaluationsAlong(policy, evaluator, { steps, points: evaluation.points, directory }, context),
    });
    if (finalLogProbs > 0) {
      await computeReferenceLogProbs(policy, pairs.slice(0, finalLogProbs), {
        ...logProbs,
        path: finalLogProbsPath(directory),
        onProgress: (completed, total) =>
          progress({ task: `final policy of ${title}`, completed, total, detail: 'log-probabilities' }),
      });
    }
    return { steps: result.steps, pairs: pairs.length };
  } finally {
    evaluator.dispose();
    policy.dispose();
  }
}

/** Where the final policy's log-probabilities of the first pairs are kept. */
export function finalLogProbsPath(directory: string): string {
  return join(directory, 'final-log-probs.json');
}
