import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import { createRewardModel, loadPretrained, saveRewardModel } from '@ais/language-model';
import { trainRewardModel } from '@ais/trainer';
import type { CorpusExample } from './corpus-stage.js';
import { countParameters } from './count-parameters.js';
import type { StageContext } from './stage-context.js';
import type { GoldTrainingSettings } from './stage-settings.js';
import { trainingOptions } from './training-options.js';

export interface JudgeSummary {
  readonly parameters: number;
  readonly trainingPairs: number;
  readonly validationPairs: number;
  /** Share of the held-out pairs that the model orders as their labels do. */
  readonly validationAccuracy: number;
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
  const held = Math.round(judge.validationFraction * pairs.length);
  const backbone = await loadPretrained(join(base, 'model'));
  const model = createRewardModel(backbone, { seed: run.seed });
  backbone.dispose();
  try {
    const result = await trainRewardModel(model, pairs.slice(held), {
      ...trainingOptions(judge.training, run, context),
      validationPairs: pairs.slice(0, held),
      references: examples.map(({ prompt, response }) => [...prompt, ...response]),
    });
    await saveRewardModel(model, join(run.directory, 'model'));
    return {
      parameters: countParameters(model),
      trainingPairs: pairs.length - held,
      validationPairs: held,
      validationAccuracy: result.validationAccuracy,
    };
  } finally {
    model.dispose();
  }
}
