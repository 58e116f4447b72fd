import { join } from 'node:path';
import { type CausalLanguageModel, createModel, loadPretrained, savePretrained } from '@ais/language-model';
import { trainSft } from '@ais/trainer';
import { loadCorpusTokenizer, loadSplit } from './corpus-stage.js';
import { countParameters } from './count-parameters.js';
import type { StageContext } from './stage-context.js';
import type { ModelShape, PretrainedModel, SupervisedSettings } from './stage-settings.js';
import { trainingOptions } from './training-options.js';

export interface SupervisedStageSettings {
  readonly model: ModelShape | PretrainedModel;
  readonly supervised: SupervisedSettings;
  /** Longest sequence: of a prompt and its response. */
  readonly maxPositions: number;
  readonly seed: number;
  readonly microBatchSize: number;
}

export interface SupervisedSummary {
  readonly parameters: number;
  readonly steps: number;
  /** Mean negative log-likelihood of the last batch, in nats a token, prompt tokens counted by their weight. */
  readonly finalLoss: number;
}

/** Trains a model on the supervised split, from random or pretrained weights; it ends in `model`. */
export async function superviseModel(
  settings: SupervisedStageSettings,
  { corpus }: Readonly<Record<'corpus', string>>,
  directory: string,
  context: StageContext,
): Promise<SupervisedSummary> {
  const examples = await loadSplit(corpus, 'supervised');
  const model = await startingModel(settings, corpus);
  try {
    const result = await trainSft(model, examples, {
      ...trainingOptions(settings.supervised, { ...settings, directory }, context),
      promptWeight: settings.supervised.promptWeight,
    });
    await savePretrained(model, join(directory, 'model'));
    return {
      parameters: countParameters(model),
      steps: result.steps,
      finalLoss: result.metrics['loss'] ?? Number.NaN,
    };
  } finally {
    model.dispose();
  }
}

async function startingModel(
  { model, maxPositions, seed }: SupervisedStageSettings,
  corpus: string,
): Promise<CausalLanguageModel> {
  if ('pretrained' in model) return loadPretrained(model.pretrained);
  const { vocabularySize, endOfTextToken, paddingToken = null } = await loadCorpusTokenizer(corpus);
  const tokens = { vocabularySize, endOfTextTokens: [endOfTextToken], paddingToken };
  return createModel({ ...model, ...tokens, maxPositions }, { seed });
}
