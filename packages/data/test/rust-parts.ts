import { Tokenizer } from 'tokenizers';
import type { PartJson } from '../src/tokenizer/tokenizer-json.js';

const tokenizerWith = (part: object): Tokenizer =>
  Tokenizer.fromString(
    JSON.stringify({
      version: '1.0',
      added_tokens: [],
      model: { type: 'BPE', vocab: {}, merges: [] },
      ...part,
    }),
  );

/** The pieces into which the Rust library splits a text. */
export function rustSplitter(json: PartJson): (text: string) => string[] {
  const splitter = tokenizerWith({ pre_tokenizer: json }).getPreTokenizer();
  if (splitter === null) throw new Error('the Rust library has no such pre-tokenizer');
  return (text) => splitter.preTokenizeString(text).map(([piece]) => piece);
}

/** What the Rust library makes of a text before it splits it. */
export function rustNormalizer(json: PartJson): (text: string) => string {
  const normalizer = tokenizerWith({ normalizer: json }).getNormalizer();
  if (normalizer === null) throw new Error('the Rust library has no such normalizer');
  return (text) => normalizer.normalizeString(text);
}

/** The text that the Rust library makes of tokens as the vocabulary writes them. */
export function rustDecoder(json: PartJson): (tokens: readonly string[]) => string {
  const decoder = tokenizerWith({ decoder: json }).getDecoder();
  if (decoder === null) throw new Error('the Rust library has no such decoder');
  return (tokens) => decoder.decode([...tokens]);
}
