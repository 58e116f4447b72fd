import { join } from 'node:path';
import { loadPretrained, loadRewardModel } from '@ais/language-model';
import {
  rewardModelScorer,
  type TrainingOptions,
  type TrainingResult,
  trainOnlinePreference,
  trainPolicyGradient,
} from '@ais/trainer';
import { loadSplit } from './corpus-stage.js';
import { evaluationsAlong, openEvaluator } from './evaluate-policy.js';
import type { PreferenceSummary } from './preference-stage.js';
import type { StageContext } from './stage-context.js';
import { methodObjective, type StageMethod } from './stage-method.js';
import type { EvaluationSettings, TrainingSettings } from './stage-settings.js';
import { trainingOptions, trainingSteps } from './training-options.js';

export interface OnlineStageSettings {
  readonly method: StageMethod;
  readonly beta: number;
  /** An example is a prompt here, of `samples` responses. */
  readonly training: TrainingSettings;
  readonly samples: number;
  readonly evaluation: EvaluationSettings;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly microBatchSize: number;
}

/** Trains the SFT policy on its own samples, which a proxy reward model scores, and evaluates it by the gold model. */
export async function trainOnline(
  settings: OnlineStageSettings,
  folders: Readonly<Record<'corpus' | 'policy' | 'gold' | 'proxy', string>>,
  directory: string,
  context: StageContext,
): Promise<PreferenceSummary> {
  const { method, beta, training, samples, evaluation, maxNewTokens } = settings;
  const chosen = await methodObjective(method, beta);
  const prompts = (await loadSplit(folders.corpus, 'preference')).map(({ id, prompt }) => ({ id, prompt }));
  const steps = trainingSteps(training, prompts.length);
  const evaluator = await openEvaluator(folders, settings);
  const policy = await loadPretrained(join(folders.policy, 'model'));
  const proxy = await loadRewardModel(join(folders.proxy, 'model'));
  try {
    const roles = { policy, reference: evaluator.reference, scorer: await rewardModelScorer(proxy) };
    const options: TrainingOptions & { maxNewTokens: number } = {
      ...trainingOptions(training, { ...settings, directory }, context),
      maxNewTokens,
      ...evaluationsAlong(policy, evaluator, { steps, points: evaluation.points, directory }, context),
    };
    const result: TrainingResult =
      chosen.feedback === 'samples'
        ? await trainPolicyGradient(roles, prompts, chosen.objective, { ...options, samples })
        : await trainOnlinePreference(roles, prompts, chosen.objective, options);
    return { steps: result.steps, pairs: prompts.length };
  } finally {
    for (const model of [policy, proxy, evaluator]) model.dispose();
  }
}
