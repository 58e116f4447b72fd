import { z } from 'zod';
import { count, type Fields, headed, name, setting } from './setting.js';

/** The model that a training command starts from. */
export interface StartingModelSettings {
  readonly model?: string | undefined;
  readonly shape: ShapeSettings;
}

/** A model with random weights. */
export interface ShapeSettings {
  readonly vocabularySize: number;
  readonly layerCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  readonly initializerRange: number;
}

/** The value of `model` that asks for random weights. */
export const NEW_MODEL = 'new';

/** How a name says that a language model behind an OpenAI-compatible endpoint is meant. */
const ENDPOINT = 'openai:';

/**
 * Whether a name is `openai:MODEL`.
 *
 * @example
 * console.log(isLanguageModel('openai:small'), isLanguageModel('runs/sft')); // true false
 */
export function isLanguageModel(name: string): boolean {
  return name.startsWith(ENDPOINT) && name.length > ENDPOINT.length;
}

/**
 * Whether a name is the address of a server, as a judge may have one.
 *
 * @example
 * console.log(isAddress('https://judge.example/score'), isAddress('runs/reward')); // true false
 */
export function isAddress(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/** MODEL of `openai:MODEL`. */
export function languageModelName(name: string): string {
  return name.slice(ENDPOINT.length);
}

export const modelField: z.ZodString = setting(
  name,
  'A run folder, one of its checkpoints, a folder in Hugging Face layout, or owner/name on the Hub.',
  { flag: '--model <name>', brief: 'a run, a folder, or owner/name', heading: 'Model' },
);

/** The schema of each setting of a new model’s shape. */
export const shapeFields: Fields<ShapeSettings> = headed('Model', {
  vocabularySize: setting(count, 'Tokens that the tokenizer learns.', '--vocabulary-size <number>'),
  layerCount: setting(count, 'Layers.', '--layers <number>'),
  hiddenSize: setting(count, 'Width of the residual stream.', '--hidden-size <number>'),
  headCount: setting(count, 'Attention heads.', '--heads <number>'),
  initializerRange: setting(z.number().positive(), 'Standard deviation of the random weights.'),
});

export const startingModelFields: Fields<StartingModelSettings> = headed('Model', {
  model: setting(
    name.optional(),
    `The model to start from: a run folder, one of its checkpoints, a folder in Hugging Face layout, owner/name on the Hub, or "${NEW_MODEL}" for random weights in the given shape.`,
    { flag: '--model <name>', brief: 'a run, a folder, or owner/name', heading: 'Model' },
  ),
  shape: setting(
    z.strictObject(shapeFields),
    'The model with random weights that "new" stands for.',
  ) as z.ZodType<ShapeSettings>,
});
