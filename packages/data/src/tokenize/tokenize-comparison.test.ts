import { describe, expect, it } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import { decodePairs } from '../preferences/write-comparisons.js';
import { tldr } from '../templates/tldr.js';
import { createTokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { tokenizeComparison } from './tokenize-comparison.js';

const tokenizer = createTokenizer(json as TokenizerJson);
const promptOf = (post: string) => {
  const { text, cut } = tldr.prompt({ subreddit: 'a', title: 'b', post });
  return { prompt: text, cut: cut! };
};
const { prompt, cut: span } = promptOf('We swim.\nThen we eat.');
const comparison = { id: 'r', prompt, cut: span, chosen: ' Swim.', rejected: ' Eat.' };

describe('tokenizeComparison', () => {
  it('gives the prompt, and both responses as they are before end-of-text', () => {
    const tokenized = tokenizeComparison(comparison, tokenizer);
    expect(tokenized).toEqual({
      id: 'r',
      prompt: tokenizer.encode(prompt),
      chosen: [...tokenizer.encode(' Swim.'), tokenizer.endOfTextToken],
      rejected: [...tokenizer.encode(' Eat.'), tokenizer.endOfTextToken],
      truncated: false,
      responseTruncated: false,
      boundaryMerged: false,
    });
    const { cut: _, ...texts } = comparison;
    expect(decodePairs([tokenized], tokenizer)).toEqual([texts]);
  });

  it('gives the same tokens again once they were decoded', () => {
    const { cut: _, ...texts } = comparison;
    const known = { ...texts, family: 'f', numbers: { margin: 2 }, cutOff: ['rejected'] as const };
    const [decoded] = decodePairs([tokenizeComparison(known, tokenizer)], tokenizer);
    expect(decoded).toEqual(known);
  });

  it.each([' Swim.<|endoftext|>', ' Swim.<|endoftext|>\n'])(
    'takes the end-of-text token by name for the token: %j',
    (chosen) => {
      expect(tokenizeComparison({ ...comparison, chosen }, tokenizer)).toEqual(
        tokenizeComparison(comparison, tokenizer),
      );
    },
  );

  it("takes a tokenizer's own end-of-text token by name", () => {
    const own = createTokenizer(json as TokenizerJson, { eos_token: '!' });
    const { chosen, rejected } = tokenizeComparison(
      { ...comparison, chosen: ' Swim.!', rejected: ' Eat.!!' },
      own,
    );
    expect(chosen).toEqual([...own.encode(' Swim.'), own.endOfTextToken]);
    expect(rejected).toEqual([...own.encode(' Eat.'), own.endOfTextToken]);
  });

  it('cuts a prompt by paragraph where it may be cut, and refuses to cut another', () => {
    const long = 'long '.repeat(100);
    const options = { maxPromptTokens: 60 };
    const cut = tokenizeComparison({ ...comparison, ...promptOf(`Short.\n${long}`) }, tokenizer, options);
    expect(cut.truncated).toBe(true);
    expect(tokenizer.decode(cut.prompt)).toBe(promptOf('Short.').prompt);
    expect(() =>
      tokenizeComparison({ id: 'r', prompt: long, chosen: 'a', rejected: 'b' }, tokenizer, options),
    ).toThrow(expect.objectContaining({ code: 'prompt-too-long', place: { record: 'r' } }));
  });

  it('cuts responses to the limit, end-of-text included', () => {
    const options = { maxResponseTokens: 3 };
    const { chosen, responseTruncated } = tokenizeComparison(comparison, tokenizer, options);
    expect(chosen).toEqual([...tokenizer.encode(' Swim.').slice(0, 2), tokenizer.endOfTextToken]);
    expect(responseTruncated).toBe(true);
  });

  it('puts no end-of-text behind a response that was cut off before it ended', () => {
    const swim = tokenizer.encode(' Swim.');
    const options = { maxResponseTokens: swim.length };
    const cutOff = tokenizeComparison(
      { ...comparison, rejected: '', cutOff: ['chosen'] },
      tokenizer,
      options,
    );
    expect(cutOff.chosen).toEqual(swim);
    expect(cutOff.rejected).toEqual([tokenizer.endOfTextToken]);
    expect(cutOff.responseTruncated).toBe(false);
  });
});
