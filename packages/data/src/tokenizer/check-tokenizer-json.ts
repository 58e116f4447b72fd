import { DataError } from '../errors.js';
import { isObject } from '../records/is-object.js';

/** Far more than any vocabulary has; a larger id is damage, and an embedding for it would fill the memory. */
const LARGEST_ID = 2 ** 22;

/**
 * Checks the shape of a `tokenizer.json` before anything is built on it.
 *
 * @throws {DataError} `invalid-tokenizer`, naming the field
 */
export function checkTokenizerJson(json: unknown, name: string): void {
  const wrong: (field: string, what: string) => never = (field, what) => {
    throw new DataError(
      'invalid-tokenizer',
      `${name} is not a tokenizer.json: ${field} ${what}. Give a file that Hugging Face's tokenizers wrote.`,
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
    if (!vocab.every(isPair)) wrong('model.vocab', 'has an entry that is not a token with its score');
  } else if (isObject(vocab)) {
    const ids = Object.values(vocab);
    if (!ids.every(isId))
      wrong('model.vocab', `has an id that is not an integer from 0 to ${LARGEST_ID - 1}`);
    if (new Set(ids).size !== ids.length) wrong('model.vocab', 'has an id twice');
  } else wrong('model.vocab', 'must be an object or a list');
  if (merges !== undefined && !(Array.isArray(merges) && merges.every(isMerge))) {
    wrong('model.merges', 'must be a list of pairs of tokens');
  }
  if (addedTokens !== undefined && addedTokens !== null) {
    const isToken = (token: unknown): boolean =>
      isObject(token) && isId(token['id']) && typeof token['content'] === 'string' && token['content'] !== '';
    if (!(Array.isArray(addedTokens) && addedTokens.every(isToken))) {
      wrong('added_tokens', 'must be a list of tokens with id and content');
    }
  }
  for (const field of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) {
    const part = parts[field];
    if (part !== undefined && part !== null && !(isObject(part) && typeof part['type'] === 'string')) {
      wrong(field, 'must be null or an object with a type');
    }
  }
}

function isId(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < LARGEST_ID;
}

function isMerge(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(' ');
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
