import { describe, expect, it } from 'vitest';
import golden from '../../fixtures/prefix-space-golden.json' with { type: 'json' };
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import sentencePiece from '../../fixtures/tokenizers/sentencepiece-bpe.json' with { type: 'json' };
import unigram from '../../fixtures/tokenizers/unigram.json' with { type: 'json' };
import { decodePairs } from '../preferences/write-comparisons.js';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { decodeContinuation, encodeContinuation } from './continuation.js';
import { tokenizeComparison } from './tokenize-comparison.js';
import { tokenizeRecord } from './tokenize-record.js';

const ending = { eos_token: '</s>' };
/** Bytes are tokens of the model alone, as in Llama 2's file. */
const file = {
  ...sentencePiece,
  added_tokens: sentencePiece.added_tokens.filter(({ id }) => id < 3),
} as unknown as TokenizerJson;
/** As Llama 2's: a space before each part of a text between its added tokens. */
const each = createTokenizer(file, ending);
/** The same with the space before the text alone, as newer files have it. */
const first = createTokenizer(
  {
    ...file,
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
  },
  ending,
);
/** As Gemma's: spaces are marked, and none is added. */
const never = createTokenizer(
  {
    ...file,
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  },
  ending,
);

const texts: readonly (readonly [prompt: string, response: string])[] = [
  ['TL;DR:', ' the lake'],
  ['<|assistant|>\n', 'the lake'],
  ['POST: We swim.\n\nTL;DR:', '\nthe lake'],
  ['[INST] hi [/INST]', ' the lake '],
  ['hi</s>', 'the lake'],
];

const tokenized = (tokenizer: Tokenizer, prompt: string, response: string) =>
  tokenizeRecord({ id: 'x', prompt, response }, tokenizer);

describe.each([
  ['each', each],
  ['first', first],
  ['each', createTokenizer(unigram as unknown as TokenizerJson, ending)],
] as const)('with a tokenizer that prepends: %s', (prepends, tokenizer) => {
  it.each(texts)('has the tokens of %j and %j as one text', (prompt, response) => {
    expect(tokenizer.prepends).toBe(prepends);
    const both = tokenized(tokenizer, prompt, response);
    expect(both.boundaryMerged).toBe(false);
    expect(both.prompt).toEqual(tokenizer.encode(prompt));
    expect([...both.prompt, ...both.response]).toEqual([
      ...tokenizer.encode(prompt + response),
      tokenizer.endOfTextToken,
    ]);
    const pair = { id: 'x', prompt, chosen: response, rejected: response };
    expect(tokenizeComparison(pair, tokenizer).rejected).toEqual(both.response);
  });
});

describe.each([each, first])('as text again', (tokenizer) => {
  it.each(texts)('%j and %j', (prompt, response) => {
    const pair = tokenizeComparison({ id: 'x', prompt, chosen: response, rejected: ' so' }, tokenizer);
    expect(decodePairs([pair], tokenizer)[0]?.chosen).toBe(response);
  });
});

it('begins with no space behind a prompt that does not end in one', () => {
  const words = new Map(Object.entries(sentencePiece.model.vocab).map(([word, id]) => [id, word]));
  const { response } = tokenized(each, '<|assistant|>\n', 'the lake');
  expect(words.get(response[0]!)?.startsWith('▁')).toBe(false);
  expect(words.get(each.encode('the lake')[0]!)?.startsWith('▁')).toBe(true);
});

it('keeps the parts apart where they merge, and says so', () => {
  const prompt = { text: 'the la', tokens: each.encode('the la') };
  expect(encodeContinuation(prompt, 'ke', each)).toEqual({ tokens: each.encode('ke'), boundaryMerged: true });
});

it('keeps a response of unknown characters behind a prompt that ends in one', () => {
  const tokenizer = createTokenizer(unigram as unknown as TokenizerJson, ending);
  const prompt = { text: '日', tokens: tokenizer.encode('日') };
  expect(tokenizer.encode('日本')).toEqual(prompt.tokens);
  const apart = { tokens: tokenizer.encode('本'), boundaryMerged: true };
  expect(encodeContinuation(prompt, '本', tokenizer)).toEqual(apart);
});

it('is a text of its own behind an empty prompt', () => {
  const { prompt, response } = tokenized(each, '', ' the lake');
  expect(prompt).toEqual([each.endOfTextToken]);
  expect(response).toEqual([...each.encode(' the lake'), each.endOfTextToken]);
  expect(decodeContinuation(prompt, response, each)).toBe(' the lake');
});

it.each([never, createTokenizer(json as TokenizerJson)])(
  'is what the response is alone with a tokenizer that adds nothing',
  (tokenizer) => {
    expect(tokenizer.prepends).toBeUndefined();
    for (const [prompt, response] of texts) {
      expect(tokenized(tokenizer, prompt, response).response.slice(0, -1)).toEqual(
        tokenizer.encode(response),
      );
    }
  },
);

const { versions: _, ...prefixed } = golden;

describe.each(Object.entries(prefixed))(
  'with GPT-2’s space before each text, %s',
  (_, { pre_tokenizer, cases }) => {
    const tokenizer = createTokenizer({ ...json, pre_tokenizer } as unknown as TokenizerJson);

    it.each(cases)('has the Rust library’s tokens of $prompt and $response as one text', (given) => {
      const { prompt, response, promptIds, responseIds, wholeIds } = given;
      expect(tokenizer.prepends).toBe('each');
      const continuation = encodeContinuation({ text: prompt, tokens: promptIds }, response, tokenizer);
      expect([tokenizer.encode(prompt), tokenizer.encode(response)]).toEqual([promptIds, responseIds]);
      const isInPlace = promptIds.every((id, index) => id === wholeIds[index]);
      // "lake" and "s" are one word, and kept apart.
      expect(isInPlace).toBe(response !== 's');
      expect(continuation).toEqual({
        tokens: isInPlace ? wholeIds.slice(promptIds.length) : responseIds,
        boundaryMerged: !isInPlace,
      });
    });

    it.each(cases)('has the Rust library’s text of $prompt and $response, but for that space', (given) => {
      const { prompt, response, promptIds, wholeIds, decodedPrompt, decodedWhole } = given;
      expect([tokenizer.decode(promptIds), tokenizer.decode(wholeIds)]).toEqual([
        decodedPrompt,
        decodedWhole,
      ]);
      // A space between the digits is a token like any other.
      if (pre_tokenizer.type === 'Sequence' && /\d/.test(prompt)) return;
      expect(decodeContinuation([], wholeIds, tokenizer)).toBe(
        `${prompt}${response}`.replace('<|endoftext|>', ' ').replace(/^ /, ''),
      );
      const tail = wholeIds.slice(promptIds.length);
      if (response !== 's') expect(decodeContinuation(promptIds, tail, tokenizer)).toBe(response);
    });
  },
);

it('writes pairs without the space that was put before them', () => {
  const tokenizer = createTokenizer({ ...json, pre_tokenizer: golden.alone.pre_tokenizer } as TokenizerJson);
  expect(tokenizer.decodesPrepended).toBe(true);
  for (const prompt of ['TL;DR:', 'hi<|endoftext|>']) {
    const pair = { id: 'x', prompt, chosen: 'the lake', rejected: 'so' };
    const [written] = decodePairs([tokenizeComparison(pair, tokenizer)], tokenizer);
    expect(written).toEqual({ ...pair, prompt: prompt.replace('<|endoftext|>', '') });
  }
  for (const other of [each, first, createTokenizer(unigram as unknown as TokenizerJson, ending)]) {
    expect(other.decodesPrepended).toBe(false);
  }
});
