import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tokenizer } from '@ais/data';
import { createTokenizer, type TokenizerJson, trainTokenizer } from '@ais/data/tokenizer';
import { createModel, savePretrained } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';

/** Text that small tokenizers learn from. */
const TEXTS = ['Tell me about the lake.', 'The lake is deep and cold.', 'We had dinner at the lake.'];

export interface SmallModelOptions {
  /** Learned from a few texts by default. */
  readonly tokenizer?: Tokenizer;
  /** The token that the model writes whatever it reads; random weights by default. */
  readonly always?: number;
  /** Changes of files in the folder, by file; null takes a key away. */
  readonly files?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly seed?: number;
}

/** Writes a model of one layer with its tokenizer, as a folder of the Hub has them. */
export async function smallModel(directory: string, options: SmallModelOptions = {}): Promise<Tokenizer> {
  const tokenizer = options.tokenizer ?? (await trainTokenizer(TEXTS, { vocabularySize: 280 }));
  const model = createModel(
    {
      vocabularySize: tokenizer.vocabularySize,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      maxPositions: 512,
      endOfTextTokens: [tokenizer.endOfTextToken],
    },
    { seed: options.seed ?? 3 },
  );
  if (options.always !== undefined) answerAlways(model, options.always);
  await savePretrained(model, directory);
  await tokenizer.save(directory);
  model.dispose();
  for (const [file, changes] of Object.entries(options.files ?? {})) {
    const path = join(directory, file);
    const content = { ...readJson(path), ...changes };
    for (const [key, value] of Object.entries(changes)) if (value === undefined) delete content[key];
    writeFileSync(path, JSON.stringify(content));
  }
  return tokenizer;
}

/** A tokenizer from the parts of a `tokenizer.json`, whose end of text is named. */
export const tokenizerOf = (json: TokenizerJson, endOfText: string): Tokenizer =>
  createTokenizer(json, { eos_token: endOfText });

/** A JSON file; an empty object if there is none. */
export function readJson(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** The last norm gives the same vector for any input, and the head answers it with one token. */
function answerAlways({ parameters }: ReturnType<typeof createModel>, token: number): void {
  for (const [name, variable] of parameters) {
    const [rows = 0] = variable.shape;
    const value = name.endsWith('final_layer_norm.weight')
      ? tf.zeros(variable.shape)
      : name.endsWith('final_layer_norm.bias')
        ? tf.ones(variable.shape)
        : name === 'embed_out.weight'
          ? headFor(token, rows, variable.shape[1] ?? 0)
          : undefined;
    if (value) variable.assign(value as tf.Tensor<tf.Rank>);
  }
}

const headFor = (token: number, rows: number, columns: number): tf.Tensor =>
  tf.tile(tf.mul(50, tf.reshape(tf.oneHot(tf.tensor1d([token], 'int32'), rows), [rows, 1])), [1, columns]);
