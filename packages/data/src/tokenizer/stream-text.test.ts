import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import { streamText } from './stream-text.js';
import { createTokenizer } from './tokenizer.js';
import type { TokenizerJson } from './tokenizer-json.js';

const byteLevel = createTokenizer(json as TokenizerJson);
/** Byte fallback, as SentencePiece models have it. */
const fallback = createTokenizer({
  ...(json as TokenizerJson),
  added_tokens: [{ id: 256, content: '<|endoftext|>', special: true }],
  model: {
    type: 'BPE',
    byte_fallback: true,
    merges: [],
    vocab: Object.fromEntries(
      Array.from({ length: 256 }, (_, byte) => [
        `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
        byte,
      ]),
    ),
  },
  pre_tokenizer: null,
  decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
} as TokenizerJson);

function pieces(tokenizer: typeof byteLevel, tokens: readonly number[]): string[] {
  const stream = streamText(tokenizer);
  return [...tokens.map((token) => stream.push(token)), stream.end()];
}

describe.each([
  ['bytes as characters', byteLevel],
  ['byte fallback', fallback],
])('the text of tokens that come one by one, %s', (_, tokenizer) => {
  it('is that of all tokens, in pieces of whole characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (text) => {
        const parts = pieces(tokenizer, tokenizer.encode(text));
        expect(parts.join('')).toBe(text);
        for (const part of parts) expect(part).not.toMatch(/[\uD800-\uDFFF]/u);
        expect(parts.join('')).not.toContain('\uFFFD');
      }),
    );
  });

  it('holds a character back until its last byte', () => {
    const tokens = tokenizer.encode('🥣');
    expect(tokens.length).toBeGreaterThan(1);
    expect(pieces(tokenizer, tokens)).toEqual([...tokens.slice(1).map(() => ''), '🥣', '']);
  });

  it('gives replacement characters for bytes that never become one', () => {
    const tokens = tokenizer.encode('🥣').slice(0, -1);
    const parts = pieces(tokenizer, tokens);
    expect(parts.slice(0, -1).join('')).toBe('');
    expect(parts.at(-1)).toMatch(/^\uFFFD+$/);
  });
});

it('leaves special tokens out', () => {
  expect(pieces(byteLevel, [...byteLevel.encode('soup'), byteLevel.endOfTextToken]).join('')).toBe('soup');
});
