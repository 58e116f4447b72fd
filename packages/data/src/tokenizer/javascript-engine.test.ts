import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { gpt2, JAVASCRIPT_KINDS } from '../../test/tokenizer-kinds.js';
import { tokenizerTexts } from '../../test/tokenizer-texts.js';
import { createTokenizer } from './tokenizer.js';

/** Encodings of the Rust library are large: a few texts at a time. */
const CHUNK = 500;

describe.each(JAVASCRIPT_KINDS.map((kind, seed) => ({ ...kind, seed })))(
  'a tokenizer with $name',
  ({ json, endOfText, seed }) => {
    it('gives the ids and the texts of the Rust library', async () => {
      const rust = RustTokenizer.fromString(JSON.stringify({ ...json, truncation: null, padding: null }));
      const tokenizer = createTokenizer(json, { eos_token: endOfText });
      expect(tokenizer.engine).toBe('javascript');
      const texts = tokenizerTexts(seed);
      for (let start = 0; start < texts.length; start += CHUNK) {
        const chunk = texts.slice(start, start + CHUNK);
        const encodings = await rust.encodeBatch(chunk, { addSpecialTokens: false });
        const ids = encodings.map((encoding) => encoding.getIds());
        const decoded = await rust.decodeBatch(ids, true);
        for (const [index, text] of chunk.entries()) {
          const found = tokenizer.encode(text);
          if (String(found) !== String(ids[index])) expect(found, JSON.stringify(text)).toEqual(ids[index]);
          const back = tokenizer.decode(found);
          if (back !== decoded[index]) expect(back, JSON.stringify(text)).toBe(decoded[index]);
        }
      }
    });
  },
);

it('tells white space as Unicode does, not as JavaScript does', async () => {
  const rust = RustTokenizer.fromString(JSON.stringify(gpt2));
  const { encode } = createTokenizer(gpt2);
  for (const text of ['\uFEFFthe', 'the\uFEFF lake', 'the\u0085 lake', ' \u0085 lake', '\u088f\u323b0']) {
    expect(encode(text)).toEqual((await rust.encode(text, null, { addSpecialTokens: false })).getIds());
  }
});

it('takes half of a surrogate pair for the replacement character', () => {
  const { encode } = createTokenizer(gpt2);
  expect(encode('a\uD83D b\uDE00')).toEqual(encode('a\uFFFD b\uFFFD'));
  expect(encode('🙂')).not.toEqual(encode('\uFFFD'));
});

it('merges a piece of a hundred thousand letters without comparing all pairs again and again', () => {
  const { encode } = createTokenizer(gpt2);
  expect(encode('lakedinner'.repeat(10_000)).length).toBeGreaterThan(10_000);
});
