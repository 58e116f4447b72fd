import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from '../../fixtures/prefix-space-golden.json' with { type: 'json' };
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import sentencePiece from '../../fixtures/tokenizers/sentencepiece-bpe.json' with { type: 'json' };
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { decodeContinuation, encodeContinuation } from './continuation.js';
import { streamText } from './stream-text.js';

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

function pieces(
  tokenizer: typeof byteLevel,
  tokens: readonly number[],
  prompt?: readonly number[],
): string[] {
  const stream = streamText(tokenizer, prompt);
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

const ending = { eos_token: '</s>' };
/** Bytes are tokens of the model alone, as in Llama 2's file. */
const file = {
  ...sentencePiece,
  added_tokens: sentencePiece.added_tokens.filter(({ id }) => id < 3),
} as unknown as TokenizerJson;
const llama = createTokenizer(file, ending);
const behindMetaspace = (prepend_scheme: string): Tokenizer => {
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme, split: true };
  const decoder = { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, metaspace] };
  return createTokenizer({ ...file, normalizer: null, pre_tokenizer: metaspace, decoder }, ending);
};
const spaced = createTokenizer({ ...json, pre_tokenizer: golden.alone.pre_tokenizer } as TokenizerJson);
const word = fc.constantFrom(
  'the',
  'lake',
  'dinner',
  ' ',
  '  ',
  '\n',
  ' on',
  ' Friday',
  '東京',
  '🙂',
  'é',
  '.',
  '12',
);
const text = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(''));

const kinds: readonly (readonly [string, Tokenizer])[] = [
  ['bytes', byteLevel],
  ['bytes, with a space before each text', spaced],
  ['Strip', llama],
  ['Metaspace always', behindMetaspace('always')],
  ['Metaspace first', behindMetaspace('first')],
  ['Metaspace never', behindMetaspace('never')],
];

describe.each(kinds)('behind a prompt, the text of tokens that come one by one, %s', (_, tokenizer) => {
  it('is that of all of them at once, and of the response', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('', tokenizer.endOfText), text, (start, end, response) => {
        const prompt = { text: start + end, tokens: tokenizer.encode(start + end) };
        const { tokens, boundaryMerged } = encodeContinuation(prompt, response, tokenizer);
        const parts = pieces(tokenizer, tokens, prompt.tokens);
        expect(parts.join('')).toBe(decodeContinuation(prompt.tokens, tokens, tokenizer));
        if (boundaryMerged || end !== '') return;
        expect(parts.join('')).toBe(response);
      }),
    );
  });

  it('is that of all of them, whatever they are', () => {
    // Without tokens such as <0xC3>, which turn those before them into replacement characters if they end no character.
    const min = [byteLevel, spaced].includes(tokenizer) ? 1 : 259;
    const some = fc.array(fc.integer({ min, max: tokenizer.vocabularySize - 1 }), { maxLength: 12 });
    fc.assert(
      fc.property(some, some, (prompt, tokens) => {
        expect(pieces(tokenizer, tokens, prompt).join('')).toBe(
          decodeContinuation(prompt, tokens, tokenizer),
        );
      }),
    );
  });
});

it('has the space that a response begins with', () => {
  const prompt = llama.encode('[INST] hi [/INST]');
  const { tokens } = encodeContinuation({ text: '[INST] hi [/INST]', tokens: prompt }, ' the lake', llama);
  expect(pieces(llama, tokens, prompt).join('')).toBe(' the lake');
  expect(pieces(llama, tokens).join('')).toBe('the lake');
});
