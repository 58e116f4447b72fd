import { firstExamples } from '@ais/data';
import { type CausalLanguageModel, createModel, loadPretrained } from '@ais/language-model';
import type { StepContext } from '../context.js';
import type { Corpus, CorpusExample } from '../corpus/corpus.js';
import { corpusRequest, DEFAULT_SCALE } from '../corpus/corpus-request.js';
import { modelFolder } from '../corpus/model-folder.js';
import {
  type ModelText,
  openModelText,
  referenceLengths,
  savedText,
  scaleOfText,
} from '../corpus/model-text.js';
import { prepareCorpus } from '../corpus/prepare-corpus.js';
import { rememberedText } from '../corpus/remembered-text.js';
import { namedTemplate, rowTemplate } from '../corpus/row-template.js';
import { PipelineError } from '../errors.js';
import type { Settings, SplitName } from '../settings/command-settings.js';
import { NEW_MODEL } from '../settings/model-settings.js';
import { presetScale } from '../settings/presets.js';
import { CHAT, type TemplateSettings, type TextSettings } from '../settings/text-settings.js';

type TrainingCommandSettings = Settings<'sft'> | Settings<'reward'> | Settings<'train'>;

/** What a training command starts from. */
export interface TrainingInputs {
  /** Tokenizer and template of the model. */
  readonly text: ModelText;
  /** Absent if there is no source. */
  readonly corpus?: Corpus;
  /** Loads the model, or makes the same new one, each time it is called. */
  readonly loadModel: () => Promise<CausalLanguageModel>;
  /** What saves the text's part into every checkpoint. */
  readonly savedText: ReturnType<typeof savedText>;
}

/**
 * The model and the text of a training command.
 *
 * @param command that trains; later commands learn it from the checkpoints
 * @param splits of the source that the command uses
 * @param promptsOf a split of which nothing but prompts is used: rows without responses will do
 * @throws {PipelineError} where a model or a source is missing
 */
export async function trainingInputs(
  command: 'sft' | 'reward' | 'train',
  settings: TrainingCommandSettings,
  splits: Readonly<Partial<Record<SplitName, number | 'all'>>>,
  context: StepContext,
  promptsOf?: SplitName,
): Promise<TrainingInputs> {
  const { source, shape, seed, data } = settings;
  if ('evaluation' in settings) requireEvaluations(settings);
  const folder = await startingFolder(settings);
  const model = folder === undefined ? undefined : await openModelText(folder, settings);
  if (source === undefined && !model) throw noSource('A new model learns its tokenizer from text.');
  const scale = await scaleOfText(folder, settings);
  const unread = promptsOf && (await isUnread(folder, settings)) ? [promptsOf] : undefined;
  const corpus =
    source === undefined
      ? undefined
      : await rememberedText({ key: 'source', name: source, model: folder && settings.model }, () =>
          prepareCorpus(
            {
              ...corpusRequest(
                { ...settings, source },
                folder === undefined ? { supervised: 'all', ...splits } : splits,
                scale,
              ),
              ...(promptsOf && { promptsAlone: true }),
              ...(unread && { unread }),
            },
            model ? { model } : shape,
            { ...context, title: 'text' },
          ),
        );
  const text = corpus ?? (model && (await renderedAsAsked(model, settings)));
  if (!text) throw noSource('There is no text.');
  const { tokenizer } = text;
  const origin = {
    command,
    source,
    data,
    ...(source !== undefined && { scale: scale ?? DEFAULT_SCALE }),
    columns: settings.columns,
    assistantTurns: settings.assistantTurns,
    ...(settings.template === CHAT && { plainTextIsChat: true }),
    ...('pairs' in settings && {
      pairs: settings.pairs,
      pairColumns: settings.pairColumns,
      pairTemplate: await keptTemplate(settings.pairTemplate),
      validationFraction: settings.validationFraction,
    }),
  };
  return {
    text,
    ...(corpus && { corpus }),
    loadModel: async () =>
      folder === undefined
        ? createModel(
            {
              ...shape,
              // A tokenizer may learn fewer tokens than asked for.
              vocabularySize: tokenizer.vocabularySize,
              maxPositions: data.maxPromptTokens + data.maxResponseTokens,
              endOfTextTokens: [tokenizer.endOfTextToken],
              paddingToken: tokenizer.paddingToken ?? null,
            },
            { seed },
          )
        : loadPretrained(folder, { tokenizer }),
    savedText: savedText(text, origin),
  };
}

/** Whether references may be as long as they are. On the text that the model learned from, prompts stay the same ones. */
async function isUnread(folder: string | undefined, settings: TrainingCommandSettings): Promise<boolean> {
  return (await referenceLengths(folder, settings)).maxResponseTokens === Number.POSITIVE_INFINITY;
}

/** The text of a model without a source: pairs alone are rendered by the template that was asked for, and the run keeps it. */
async function renderedAsAsked(
  model: ModelText,
  { template: asked }: Pick<TextSettings, 'template'>,
): Promise<ModelText> {
  // The run keeps `chat` as such (`plainTextIsChat`), and the model's chat template beside its tokenizer.
  if (asked === undefined || asked === CHAT) return model;
  const template = await rowTemplate(asked, model);
  return { ...model, ...(template && { template }) };
}

/** A template as a run keeps it: whole, since a file may move. */
async function keptTemplate(
  asked: TextSettings['template'],
): Promise<typeof CHAT | TemplateSettings | undefined> {
  if (asked === undefined || asked === CHAT) return asked;
  return (await namedTemplate(asked)).toJSON();
}

/** The folder of the model to start from; undefined if a new one was asked for. */
async function startingFolder({ model, preset }: TrainingCommandSettings): Promise<string | undefined> {
  if (model === NEW_MODEL) return undefined;
  if (model !== undefined) return modelFolder(model);
  if (presetScale(preset) !== undefined) return undefined;
  throw new PipelineError(
    'missing-setting',
    `"model" is missing. Pass --model with a run, a folder, or owner/name on the Hub; or --model ${NEW_MODEL} for random weights.`,
    { key: 'model' },
  );
}

export function noSource(why: string): PipelineError {
  return new PipelineError(
    'missing-setting',
    `"source" is missing. ${why} Pass --source with a file, a folder, owner/name on the Hub, debian, or synthetic.`,
    { key: 'source' },
  );
}

/** Refuses a selection without evaluations, before any text is prepared. */
function requireEvaluations({
  selection,
  evaluation,
}: Pick<Settings<'sft'>, 'selection' | 'evaluation'>): void {
  if (selection === undefined || evaluation.points > 0) return;
  throw new PipelineError(
    'nothing-to-evaluate',
    'selection needs evaluations, and evaluation.points is 0. Set --evaluations to 1 or more, or leave selection out.',
    { key: 'selection' },
  );
}

/**
 * Examples to evaluate on: those of the corpus that were held out, else the held-out prompts of the pairs; none where
 * nothing was held out, which is said.
 */
export function evaluationExamples(
  { corpus }: Pick<TrainingInputs, 'corpus'>,
  ofPairs: () => readonly CorpusExample[],
  {
    points,
    prompts,
    selects,
  }: { readonly points: number; readonly prompts: number; readonly selects: boolean },
  { onWarning }: Pick<StepContext, 'onWarning'>,
): readonly CorpusExample[] {
  if (points === 0) return [];
  const found = [...firstExamples<CorpusExample>(corpus?.splits.evaluation ?? ofPairs(), prompts)];
  if (found.length > 0) return found;
  const remedy = 'Hold something out with data.heldOut (of a source) or validationFraction (of pairs).';
  if (selects) {
    throw new PipelineError(
      'nothing-to-evaluate',
      `selection needs evaluations, and nothing is held out. ${remedy}`,
      {
        key: 'selection',
      },
    );
  }
  onWarning(`Nothing is held out, so nothing is evaluated along the run. ${remedy}`);
  return [];
}
