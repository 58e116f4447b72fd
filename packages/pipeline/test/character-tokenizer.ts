import type { Tokenizer } from '@ais/data';

/** One token per character, by its code. */
export const characterTokenizer = {
  vocabularySize: 128,
  endOfTextToken: 0,
  endOfTextText: '<|endoftext|>',
  fingerprint: 'f00df00df00df00d',
  splitsBeforeSpace: true,
  encode: (text: string) => Array.from(text, (character) => character.charCodeAt(0)),
  decode: (tokens: readonly number[]) => String.fromCharCode(...tokens),
} as Partial<Tokenizer> as Tokenizer;
