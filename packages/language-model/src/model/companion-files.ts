import { LanguageModelError } from '../errors.js';

/** Contents by file name. */
export type CompanionFiles = ReadonlyMap<string, Uint8Array>;

const carried = new WeakMap<object, CompanionFiles>();

/** The files that a model carries along: those of the folder that it was loaded from. */
export function companionFiles(model: object): CompanionFiles {
  return carried.get(model) ?? new Map();
}

/** Lets a model carry files along, and returns it. */
export function withCompanionFiles<Model extends object>(model: Model, files: CompanionFiles): Model {
  carried.set(model, files);
  return model;
}

/**
 * The token that a model's tokenizer has for padding; undefined where it has none, or no tokenizer is carried.
 *
 * GPT-NeoX's tokenizer names none as its padding token, but has `<|padding|>`.
 */
export function paddingToken(files: CompanionFiles): number | undefined {
  const content = files.get('tokenizer.json');
  if (content === undefined) return undefined;
  let tokenizer: { added_tokens?: unknown } | null;
  try {
    tokenizer = JSON.parse(new TextDecoder().decode(content)) as typeof tokenizer;
  } catch (cause) {
    throw new LanguageModelError(
      'invalid-option',
      'the tokenizer.json that the model carries is not JSON; load the model from a folder whose tokenizer is whole.',
      { cause },
    );
  }
  const added: unknown = tokenizer?.added_tokens;
  const padding = (Array.isArray(added) ? (added as unknown[]) : []).find(
    (token): token is { id: number } =>
      typeof token === 'object' &&
      token !== null &&
      /^(<\|padding\|>|<\|pad\|>|<pad>|\[PAD\])$/.test(String((token as { content?: unknown }).content)) &&
      Number.isSafeInteger((token as { id?: unknown }).id),
  );
  return padding?.id;
}
