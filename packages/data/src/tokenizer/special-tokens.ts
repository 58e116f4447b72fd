import { DataError } from '../errors.js';
import type { SpecialTokenJson, TokenizerConfigJson } from './tokenizer-json.js';

/** The special tokens that are read here, by their name in `tokenizer_config.json`. */
export type SpecialTokenName = 'eos_token' | 'pad_token';

/**
 * The text of a special token, as `transformers` finds it: `special_tokens_map.json` counts more than
 * `tokenizer_config.json`, unless the latter has `added_tokens_decoder`.
 *
 * @param name which token
 * @param configuration the content of `tokenizer_config.json`
 * @param map the content of `special_tokens_map.json`
 * @returns the token's text; undefined if neither file names one
 * @throws {DataError} `invalid-tokenizer` if the value is not a token
 */
export function specialToken(
  name: SpecialTokenName,
  configuration: TokenizerConfigJson,
  map: TokenizerConfigJson = {},
): string | undefined {
  const ofMap: SpecialTokenJson = configuration['added_tokens_decoder'] === undefined ? map[name] : undefined;
  const token = ofMap ?? configuration[name];
  if (token === undefined || token === null) return undefined;
  const text: unknown = typeof token === 'object' ? token.content : token;
  if (typeof text === 'string' && text !== '') return text;
  throw new DataError(
    'invalid-tokenizer',
    `${name} must be a token's text or an object with its content, got ${JSON.stringify(token)}. Correct tokenizer_config.json or special_tokens_map.json.`,
    { place: { field: name } },
  );
}
