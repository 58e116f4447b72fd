import { createRewardModel, locateModel } from '@ais/language-model';
import { trainRewardModel } from '@ais/trainer';
import type { CommandContext } from './command-context.js';
import { openCorpus } from './corpus.js';
import { readPairs } from './pairs-file.js';
import { startingModel, type TrainingOutcome } from './run-sft.js';
import type { Settings } from './settings.js';
import { sourcePairs } from './source-pairs.js';
import { evaluationSteps, runSteps, trainingOptions } from './training-options.js';
import { writeTrainingReport } from './training-report.js';

/** What `ais reward` answers. */
export interface RewardOutcome extends TrainingOutcome {
  readonly validationAccuracy: number;
  readonly validationPairs: number;
  readonly offset: number;
}

/** `ais reward`: a reward model from pairs, centered on the source's reference responses. */
export async function runReward(
  settings: Settings<'reward'>,
  context: CommandContext,
): Promise<RewardOutcome> {
  const folder = settings.model === undefined ? undefined : await locateModel(settings.model);
  const corpus = await openCorpus(
    settings,
    { reward: settings.data.records, supervised: settings.data.records },
    folder,
  );
  const examples = corpus.examples('reward', settings.data.records);
  const pairs =
    settings.pairs === undefined
      ? sourcePairs(examples, settings.source)
      : (await readPairs(settings.pairs, corpus.tokenizer, settings.data, context.onWarning)).pairs;
  const held = Math.round(settings.validationFraction * pairs.length);
  const backbone = await startingModel(settings, corpus, folder);
  const model = createRewardModel(backbone, { seed: settings.seed });
  backbone.dispose();
  try {
    const points = evaluationSteps(
      runSteps(settings.training, pairs.length - held),
      settings.validationPoints,
    );
    const { validationAccuracy, offset, ...result } = await trainRewardModel(model, pairs.slice(held), {
      ...trainingOptions('reward', settings, { ...corpus, parameters: model.parameters.keys() }, context),
      evaluateAt: points,
      validationPairs: pairs.slice(0, held),
      references: examples.map(({ prompt, response }) => [...prompt, ...response]),
      centering: settings.centering,
    });
    return {
      ...result,
      validationAccuracy,
      validationPairs: held,
      offset,
      report: await writeTrainingReport(context.directory),
    };
  } finally {
    model.dispose();
  }
}
