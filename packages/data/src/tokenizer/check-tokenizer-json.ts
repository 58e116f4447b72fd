import { DataError } from '../errors.js';

/** More than any vocabulary has by far; a larger id is damage, and would fill the memory with empty places. */
const LARGEST_ID = 2 ** 22;

/**
 * Checks the shape of a `tokenizer.json` before the library builds on it.
 *
 * @throws {DataError} `invalid-tokenizer`, naming the field
 */
export function checkTokenizerJson(json: unknown, name: string): void {
  const wrong: (field: string, what: string) => never = (field, what) => {
    throw new DataError(
      'invalid-tokenizer',
      `${name} is no tokenizer.json: ${field} ${what}. Give a tokenizer.json that Hugging Face's tokenizers wrote.`,
      { place: { file: name, field } },
    );
  };
  const { model, added_tokens: addedTokens, ...parts } = isObject(json) ? json : {};
  if (!isObject(model) || model['vocab'] === undefined) wrong('model.vocab', 'is missing');
  const { vocab, merges } = model;
  if (Array.isArray(vocab)) {
    // Unigram: tokens with their scores, in the order of their ids.
    const isPair = (entry: unknown): boolean =>
      Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number';
    if (!vocab.every(isPair)) wrong('model.vocab', 'has an entry that is no token with its score');
  } else if (isObject(vocab)) {
    const ids = Object.values(vocab);
    if (!ids.every(isId)) wrong('model.vocab', `has an id that is no whole number below ${LARGEST_ID}`);
    if (new Set(ids).size !== ids.length) wrong('model.vocab', 'has one id twice');
  } else wrong('model.vocab', 'is neither an object nor a list');
  if (merges !== undefined && !(Array.isArray(merges) && merges.every(isMerge))) {
    wrong('model.merges', 'is no list of pairs of tokens');
  }
  if (addedTokens !== undefined && addedTokens !== null) {
    const isToken = (token: unknown): boolean =>
      isObject(token) && isId(token['id']) && typeof token['content'] === 'string' && token['content'] !== '';
    if (!(Array.isArray(addedTokens) && addedTokens.every(isToken))) {
      wrong('added_tokens', 'is no list of tokens with id and content');
    }
  }
  for (const field of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) {
    const part = parts[field];
    if (part !== undefined && part !== null && !(isObject(part) && typeof part['type'] === 'string')) {
      wrong(field, 'is neither null nor an object with a type');
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < LARGEST_ID;
}

function isMerge(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(' ');
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
