import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import { createRewardModel, loadPretrained, saveRewardModel } from '@ais/language-model';
import { evaluateRewardModel, trainRewardModel } from '@ais/trainer';
import type { CorpusExample } from './corpus-stage.js';
import { countParameters } from './count-parameters.js';
import type { StageContext } from './stage-context.js';
import type { GoldTrainingSettings } from './stage-settings.js';
import { trainingOptions } from './training-options.js';

export interface JudgeSummary {
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
 * Trains a reward model from a language model's weights on all pairs but the first, which are held out; it ends in `model`.
 *
 * @param base folder of the stage whose language model it starts from
 * @param examples whose references the rewards are centered on
 */
export async function trainJudge(
  judge: GoldTrainingSettings,
  {
    base,
    pairs,
    examples,
  }: {
    readonly base: string;
    readonly pairs: readonly TokenizedPair[];
    readonly examples: readonly CorpusExample[];
  },
  run: { readonly seed: number; readonly microBatchSize: number; readonly directory: string },
  context: StageContext,
): Promise<JudgeSummary> {
  const held = pairs.slice(0, Math.round(judge.validationFraction * pairs.length));
  const backbone = await loadPretrained(join(base, 'model'));
  const model = createRewardModel(backbone, { seed: run.seed });
  backbone.dispose();
  try {
    await trainRewardModel(model, pairs.slice(held.length), {
      ...trainingOptions(judge.training, run, context),
      validationPairs: held,
      references: examples.map(({ prompt, response }) => [...prompt, ...response]),
    });
    await saveRewardModel(model, join(run.directory, 'model'));
    const { accuracy, logLoss, expectedCalibrationError } = await evaluateRewardModel(model, held, {
      batchSize: 2 * run.microBatchSize,
      signal: context.signal,
    });
    return {
      parameters: countParameters(model),
      trainingPairs: pairs.length - held.length,
      validationPairs: held.length,
      validationAccuracy: accuracy.rate,
      validationInterval: { low: accuracy.low, high: accuracy.high },
      validationLogLoss: logLoss,
      calibrationError: expectedCalibrationError,
    };
  } finally {
    model.dispose();
  }
}
