import { createModel, loadPretrained, locateModel } from '@ais/language-model';
import { supervisedLoss, type TrainingResult, trainSft } from '@ais/trainer';
import type { CommandContext } from './command-context.js';
import { type Corpus, openCorpus } from './corpus.js';
import type { Settings } from './settings.js';
import { evaluationSteps, runSteps, trainingOptions } from './training-options.js';
import { writeTrainingReport } from './training-report.js';

/** What a training command answers. */
export interface TrainingOutcome extends TrainingResult {
  /** Path of the run's page. */
  readonly report: string;
}

/** `ais sft`: from a source to a supervised model, in one run directory. */
export async function runSft(settings: Settings<'sft'>, context: CommandContext): Promise<TrainingOutcome> {
  const { data, evaluation } = settings;
  const folder = settings.model === undefined ? undefined : await locateModel(settings.model);
  const corpus = await openCorpus(settings, { supervised: data.records, evaluation: data.heldOut }, folder);
  const examples = corpus.examples('supervised', data.records);
  const heldOut = corpus.examples('evaluation', Math.min(evaluation.prompts, data.heldOut));
  const model = await startingModel(settings, corpus, folder);
  try {
    const result = await trainSft(model, examples.map(withoutRecord), {
      ...trainingOptions('sft', settings, { ...corpus, parameters: model.parameters.keys() }, context),
      promptWeight: settings.promptWeight,
      evaluateAt: evaluationSteps(runSteps(settings.training, examples.length), evaluation.points),
      onEvaluate: async ({ signal }) => ({
        eval_loss: await supervisedLoss(model, heldOut, signal ? { signal } : {}),
      }),
    });
    return { ...result, report: await writeTrainingReport(context.directory) };
  } finally {
    model.dispose();
  }
}

/** The model that settings name, or a new one of their shape. */
export function startingModel(
  settings: Pick<Settings<'sft'>, 'shape' | 'data' | 'seed'>,
  { tokenizer }: Pick<Corpus, 'tokenizer'>,
  folder: string | undefined,
): Promise<ReturnType<typeof createModel>> {
  const { shape, data, seed } = settings;
  if (folder !== undefined) return loadPretrained(folder);
  return Promise.resolve(
    createModel(
      {
        ...shape,
        // A tokenizer may learn fewer tokens than asked for.
        vocabularySize: tokenizer.vocabularySize,
        maxPositions: data.maxPromptTokens + data.maxResponseTokens,
        endOfTextTokens: [tokenizer.endOfTextToken],
        paddingToken: tokenizer.paddingToken ?? null,
      },
      { seed },
    ),
  );
}

/** An example as training takes it, and as its fingerprint is made of. */
export function withoutRecord<Example extends { id: string; prompt: number[]; response: number[] }>({
  id,
  prompt,
  response,
}: Example): { id: string; prompt: number[]; response: number[] } {
  return { id, prompt, response };
}
