import { DataError } from '../errors.js';

/**
 * The object that one of a tokenizer's JSON files holds.
 *
 * @throws {DataError} `invalid-tokenizer` if it holds something else
 */
export function parseTokenizerFile<Content extends object>(text: string, file: string): Content {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new DataError(
      'invalid-tokenizer',
      `${file} is not JSON: ${(cause as Error).message}. It is damaged: get it again.`,
      { cause, place: { file } },
    );
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Content;
  throw new DataError('invalid-tokenizer', `${file} must hold an object. It is damaged: get it again.`, {
    place: { file },
  });
}
