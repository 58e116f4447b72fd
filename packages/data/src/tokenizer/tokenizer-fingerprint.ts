import { sha256OfJson } from '@ais/runtime/files';
import type { TokenizerJson } from './tokenizer-json.js';

/**
 * SHA-256 of all that decides which ids a text gets: model, normalizer, pre-tokenizer, added tokens, and the end-of-text
 * token.
 *
 * Equal for files that say the same in other words: order of keys, white space, merges as pairs or as strings, options
 * of the model and of added tokens that are off or absent. Decoder, post-processor, truncation, and padding have no part
 * in it: `encode` uses none of them.
 *
 * @param json the content of `tokenizer.json`
 * @param endOfTextToken its end-of-text token
 * @returns 64 hexadecimal digits
 */
export function tokenizerFingerprint(json: TokenizerJson, endOfTextToken: number): string {
  const { model, added_tokens: addedTokens, normalizer = null, pre_tokenizer: splitter = null } = json;
  const content = {
    model: {
      ...withoutDefaults(model),
      ...(Array.isArray(model['merges']) ? { merges: mergesOf(model) } : {}),
    },
    addedTokens: (addedTokens ?? []).map(withoutDefaults).sort((a, b) => Number(a['id']) - Number(b['id'])),
    normalizer,
    splitter,
    endOfTextToken,
  };
  return sha256OfJson(content);
}

const mergesOf = ({ merges }: TokenizerJson['model']): unknown[] =>
  (merges as unknown[]).map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge));

/** The options of models and of added tokens are off by default. */
function withoutDefaults(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== false));
}
