import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createModel, savePretrained } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { type ModelName, modelShapes } from '../inputs/model-shapes.js';
import type { Side } from './side.js';

export interface CheckpointSettings {
  readonly model: ModelName;
  readonly seed: number;
  readonly directory: string;
  /** What its numbers are stored as; float32 by default. */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16';
}

/** Writes a random checkpoint of a model's shape that both sides open, with a tokenizer. */
export async function openCheckpointSide(settings: CheckpointSettings): Promise<Side<object, never>> {
  await useBackend();
  const { architecture, configuration } = modelShapes[settings.model];
  const model = createModel(configuration, { seed: settings.seed, architecture });
  await savePretrained(model, settings.directory, { dtype: settings.dtype ?? 'float32' });
  model.dispose();
  const write = (name: string, content: object): Promise<void> =>
    writeFile(join(settings.directory, name), JSON.stringify(content));
  await write('tokenizer.json', wordTokenizer(configuration.vocabularySize));
  await write('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: END_OF_TEXT,
    model_max_length: configuration.maxPositions,
  });
  return {
    facts: {},
    measure: () => Promise.reject(new Error('There is nothing to measure.')),
    close: async () => {},
  };
}

const END_OF_TEXT = '<|endoftext|>';

/** A tokenizer whose words are the ids themselves: a library that reads texts only gets exactly the tokens wanted. */
function wordTokenizer(vocabularySize: number): object {
  const words = Array.from(
    { length: vocabularySize - 1 },
    (_, index) => [`${index + 1}`, index + 1] as const,
  );
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: 0,
        content: END_OF_TEXT,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: { [END_OF_TEXT]: 0, ...Object.fromEntries(words) },
      unk_token: END_OF_TEXT,
    },
  };
}
