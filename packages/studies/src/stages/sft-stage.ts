import { join } from 'node:path';
import { type CausalLanguageModel, createModel, loadPretrained, savePretrained } from '@ais/language-model';
import { type Corpus, examplesOf, findModel, openCorpus, savedText, supervise } from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import type { StudyModel, SupervisedSettings } from '../settings/study-settings.js';
import { runContext } from './step-context.js';

export interface SftStageSettings {
  readonly model: StudyModel & {
    /** Of a folder: SHA-256 of what is in it, so that other weights are another model. */
    readonly folderHash?: string | undefined;
  };
  readonly supervised: SupervisedSettings;
  /** Longest sequence: of a prompt and its response. */
  readonly maxPositions: number;
  readonly seed: number;
}

export interface SftSummary {
  readonly parameters: number;
  readonly steps: number;
  /** Mean negative log-likelihood of the last batch, in nats per token, prompt tokens counted by their weight; absent without steps. */
  readonly finalLoss?: number;
}

/** Trains a model on the supervised split, from random or pretrained weights, unless there is none; it ends in `model`. */
export async function superviseModel(
  settings: SftStageSettings,
  inputs: Readonly<Record<'corpus', string>>,
  context: StageContext,
): Promise<SftSummary> {
  const { supervised, seed } = settings;
  const { promptWeight, ...training } = supervised;
  const corpus = await openCorpus(inputs.corpus);
  const model = await startingModel(settings, corpus);
  try {
    const result = isEmpty(corpus)
      ? undefined
      : await supervise(
          model,
          examplesOf(corpus, 'supervised'),
          { seed, training, promptWeight },
          runContext(context),
        );
    const folder = join(context.directory, 'model');
    await savePretrained(model, folder);
    await savedText(corpus, { source: corpus.source }).save(folder);
    return {
      parameters: [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0),
      steps: result?.steps ?? 0,
      ...(result && { finalLoss: result.metrics['loss'] ?? Number.NaN }),
    };
  } finally {
    model.dispose();
  }
}

/** Whether the policy starts as it is. */
function isEmpty({ summary }: Corpus): boolean {
  return summary.splits.supervised === 0;
}

async function startingModel(
  { model, maxPositions, seed }: SftStageSettings,
  { tokenizer }: Corpus,
): Promise<CausalLanguageModel> {
  if ('pretrained' in model) return loadPretrained(await findModel(model.pretrained), { tokenizer });
  const { vocabularySize, endOfTextToken, paddingToken = null } = tokenizer;
  const tokens = { vocabularySize, endOfTextTokens: [endOfTextToken], paddingToken };
  return createModel({ ...model, ...tokens, maxPositions }, { seed });
}
