import type { Examples, TokenizedPair } from '@ais/data';
import { type CausalLanguageModel, createRewardModel, saveRewardModel } from '@ais/language-model';
import { evaluateRewardModel, type TrainingResult, trainRewardModel } from '@ais/trainer';
import type { RunContext } from '../context.js';
import { evaluationSteps, type Run, runSteps, trainingOptions, warnOfIdleRun } from './training-options.js';

/** What `trainJudge` is given besides the model and the pairs. */
export interface JudgeRun extends Run {
  /** Measurements along the run after the one at its start; 0 for the one at its end. */
  readonly validationPoints?: number;
  /** Coefficient of the term that keeps scores near 0. */
  readonly centering?: number;
  /** Whole sequences whose scores average 0 in the end. */
  readonly references: Examples<readonly number[]>;
  /** Where the model is saved as well, besides the run's checkpoints. */
  readonly saveTo?: string;
}

/** What a reward model is like. */
export interface JudgeOutcome extends TrainingResult {
  /** What is subtracted from every score, so that the references average 0. */
  readonly offset: number;
  readonly parameters: number;
  readonly trainingPairs: number;
  readonly validationPairs: number;
  /** Share of the held-out pairs that the model orders as their labels do, with its 95 % Wilson interval. */
  readonly validationAccuracy: number;
  readonly validationInterval: { readonly low: number; readonly high: number };
  /** Mean −log σ(margin) on them in nats; log 2 ≈ 0.693 is a coin's. */
  readonly validationLogLoss: number;
  /** How far its confidence lies from its accuracy, on average over ten bins of confidence: a share. */
  readonly calibrationError: number;
}

/**
 * Trains a reward model from a language model's weights, which stay as they are, and centers it: its scores average 0 on the references.
 *
 * @param backbone whose weights the reward model starts from
 * @param pairs tokens, end-of-text included; the held-out ones measure accuracy and calibration
 * @returns what training returns, and how well the model orders the held-out pairs
 * @example
 * const { training } = await readSettings('reward', { flags: { preset: 'tiny', training: { steps: 2, batchSize: 4 } } });
 * const pairs = pairsOfCorpus(examplesOf(corpus, 'supervised'), corpus.source);
 * const references = examplesOf(corpus, 'evaluation').map(({ prompt, response }) => [...prompt, ...response]);
 * const { validationPairs } = await trainJudge(
 *   model,
 *   { trained: pairs.slice(8), heldOut: pairs.slice(0, 8) },
 *   { seed: 1, training, references },
 *   runContext('runs/judge'),
 * );
 * console.log(validationPairs); // 8
 */
export async function trainJudge(
  backbone: CausalLanguageModel,
  { trained, heldOut }: Readonly<Record<'trained' | 'heldOut', Examples<TokenizedPair>>>,
  run: JudgeRun,
  context: RunContext,
): Promise<JudgeOutcome> {
  const { training, seed, references, validationPoints = 0, centering = 0, saveTo } = run;
  warnOfIdleRun(training, trained.length, context);
  const model = createRewardModel(backbone, { seed });
  try {
    const result = await trainRewardModel(model, trained, {
      ...trainingOptions('reward', run, model.parameters.keys(), context),
      evaluateAt: evaluationSteps(runSteps(training, trained.length), validationPoints),
      validationPairs: heldOut,
      references,
      centering,
    });
    if (saveTo !== undefined) await saveRewardModel(model, saveTo);
    const { accuracy, logLoss, expectedCalibrationError } = await evaluateRewardModel(model, heldOut, {
      batchSize: 2 * training.microBatchSize,
      signal: context.signal,
    });
    return {
      ...result,
      parameters: [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0),
      trainingPairs: trained.length,
      validationPairs: heldOut.length,
      validationInterval: { low: accuracy.low, high: accuracy.high },
      validationLogLoss: logLoss,
      calibrationError: expectedCalibrationError,
    };
  } finally {
    model.dispose();
  }
}
