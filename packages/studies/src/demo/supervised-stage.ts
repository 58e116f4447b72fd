import { join } from 'node:path';
import { createModel, savePretrained } from '@ais/language-model';
import { trainSft } from '@ais/trainer';
import { runStage, type StageRecord } from '../stage.js';
import { countParameters } from './count-parameters.js';
import type { DemoContext } from './demo-context.js';
import { loadCorpusTokenizer, loadSplit } from './demo-corpus.js';
import type { ModelShape, SupervisedSettings } from './demo-settings.js';
import { trainingOptions } from './training-options.js';

export interface SupervisedSummary {
  readonly parameters: number;
  readonly steps: number;
  /** Mean negative log-likelihood of the last batch, in nats a token, prompt tokens counted by their weight. */
  readonly finalLoss: number;
}

/**
 * Trains a model from scratch on the supervised split; its weights end in `<folder>/model`.
 *
 * @param folder `sft` for the policy, `gold-sft` for the gold reward model's own backbone
 */
export async function superviseModel(
  context: DemoContext,
  corpusKey: string,
  folder: 'sft' | 'gold-sft',
  shape: ModelShape,
  supervised: SupervisedSettings,
): Promise<StageRecord<SupervisedSummary>> {
  const { settings } = context;
  const { corpus, microBatchSize, seed } = settings;
  return runStage({
    name: folder,
    directory: join(context.directory, folder),
    inputs: { corpusKey, shape, supervised, seed, microBatchSize },
    run: async (directory) => {
      const examples = await loadSplit(context.directory, 'supervised');
      const tokenizer = await loadCorpusTokenizer(context.directory);
      const model = createModel(
        {
          ...shape,
          vocabularySize: tokenizer.vocabularySize,
          maxPositions: corpus.maxPromptTokens + corpus.maxResponseTokens,
          endOfTextToken: tokenizer.endOfTextToken,
        },
        { seed },
      );
      try {
        const task = folder === 'sft' ? 'SFT' : 'SFT of the gold model';
        const result = await trainSft(model, examples, {
          ...trainingOptions(context, task, directory, supervised),
          promptWeight: supervised.promptWeight,
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
    },
  });
}
