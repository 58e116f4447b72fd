import { join } from 'node:path';
import { loadPretrained, loadRewardModel } from '@ais/language-model';
import { examplesOf, learnOnline, openCorpus } from '@ais/pipeline';
import { rewardModelScorer } from '@ais/trainer/inference';
import type { StageContext } from '@ais/workflow';
import { StudyError } from '../errors.js';
import { withFiles } from './content-names.js';
import { type EvaluatorFolders, openEvaluator } from './evaluator.js';
import { chooseMethod, type PreferenceStageSettings, type TrainingSummary } from './preference-stage.js';
import { stageRun } from './step-context.js';

export interface OnlineStageSettings extends Omit<PreferenceStageSettings, 'finalLogProbs'> {
  /** Responses per prompt, which is an example here. */
  readonly samples: number;
}

/** Trains the SFT policy on its own samples, which a proxy reward model scores, and evaluates it by the gold model. */
export async function trainOnSamples(
  given: OnlineStageSettings,
  inputs: EvaluatorFolders & Readonly<Record<'proxy', string>>,
  context: StageContext,
): Promise<TrainingSummary> {
  const settings = withFiles(given, context.hints);
  const { method, beta, training, samples, seed, maxNewTokens } = settings;
  const chosen = await chooseMethod(method, beta);
  if (chosen.feedback === 'unpaired')
    throw new StudyError(
      'invalid-settings',
      `${method.objective} learns from labeled responses one by one, and this stage samples its own. Train with it by itself, with ais train.`,
    );
  const prompts = examplesOf(await openCorpus(inputs.corpus), 'preference');
  const { microBatchSize } = training;
  const { reference, evaluations, dispose } = await openEvaluator(
    inputs,
    { ...settings, microBatchSize },
    context.hints,
  );
  const policy = await loadPretrained(join(inputs.policy, 'model'));
  const proxy = await loadRewardModel(join(inputs.proxy, 'model'));
  try {
    const { steps } = await learnOnline(
      { policy, reference, scorer: await rewardModelScorer(proxy) },
      chosen,
      prompts,
      { seed, training, evaluations, samples, maxNewTokens },
      stageRun(context),
    );
    return { steps, pairs: prompts.length };
  } finally {
    dispose();
    policy.dispose();
    proxy.dispose();
  }
}
