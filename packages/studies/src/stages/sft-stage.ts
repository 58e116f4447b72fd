import { join } from 'node:path';
import { type CausalLanguageModel, createModel, loadPretrained, savePretrained } from '@ais/language-model';
import { type Corpus, examplesOf, findModel, openCorpus, savedText, supervise } from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import type { StudyModel, SupervisedSettings } from '../settings/study-settings.js';
import { isContentName, withFiles } from './content-names.js';
import { hashOfFolder } from './folder-hash.js';
import { stageRun } from './step-context.js';

export interface SftStageSettings {
  /** One in a folder is named by its content. */
  readonly model: StudyModel;
  readonly supervised: SupervisedSettings;
  /** Longest sequence: of a prompt and its response. */
  readonly maxPositions: number;
  readonly seed: number;
}

export interface SftSummary {
  readonly parameters: number;
  readonly steps: number;
  /** SHA-256 of the weights that a model known by name has here: its name does not say whether they are, for example, of four bits. */
  readonly startingWeights?: string;
  /** Mean negative log-likelihood of the last batch, in nats per token, prompt tokens counted by their weight; absent without steps. */
  readonly finalLoss?: number;
}

/** Trains a model on the supervised split, from random or pretrained weights, unless there is none; it ends in `model`. */
export async function superviseModel(
  given: SftStageSettings,
  inputs: Readonly<Record<'corpus', string>>,
  context: StageContext,
): Promise<SftSummary> {
  const settings = withFiles(given, context.hints);
  const { supervised, seed } = settings;
  const { promptWeight, ...training } = supervised;
  const corpus = await openCorpus(inputs.corpus);
  const start = await startingFolder(settings.model);
  const model = await startingModel(settings, start, corpus);
  try {
    const result = isEmpty(corpus)
      ? undefined
      : await supervise(
          model,
          examplesOf(corpus, 'supervised'),
          { seed, training, promptWeight },
          stageRun(context),
        );
    const folder = join(context.directory, 'model');
    await savePretrained(model, folder);
    await savedText(corpus, { source: corpus.source }).save(folder);
    return {
      parameters: [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0),
      steps: result?.steps ?? 0,
      ...(start !== undefined &&
        !isNamedByContent(given.model) && { startingWeights: await hashOfFolder(start, WEIGHTS) }),
      ...(result && { finalLoss: result.metrics['loss'] ?? Number.NaN }),
    };
  } finally {
    model.dispose();
  }
}

const WEIGHTS = /\.(safetensors|gguf)$/;

/** Whether the key of the stage has the hash of the weights that it starts from. */
function isNamedByContent(model: StudyModel): boolean {
  return 'pretrained' in model && isContentName(model.pretrained);
}

/** Whether the policy starts as it is. */
function isEmpty({ summary }: Corpus): boolean {
  return summary.splits.supervised === 0;
}

/** The folder of a model that exists already. */
async function startingFolder(model: StudyModel): Promise<string | undefined> {
  return 'pretrained' in model ? findModel(model.pretrained) : undefined;
}

async function startingModel(
  { model, maxPositions, seed }: SftStageSettings,
  folder: string | undefined,
  { tokenizer }: Corpus,
): Promise<CausalLanguageModel> {
  if (folder !== undefined) return loadPretrained(folder, { tokenizer });
  if ('pretrained' in model) throw new Error('A model that exists has a folder.');
  const { vocabularySize, endOfTextToken, paddingToken = null } = tokenizer;
  const tokens = { vocabularySize, endOfTextTokens: [endOfTextToken], paddingToken };
  return createModel({ ...model, ...tokens, maxPositions }, { seed });
}
