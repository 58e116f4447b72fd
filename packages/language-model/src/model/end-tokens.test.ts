import { describe, expect, it } from 'vitest';
import { endTokens } from './end-tokens.js';

const config = (...tokens: number[]): { file: string; tokens: number[] } => ({ file: 'config.json', tokens });
const generation = (...tokens: number[]): { file: string; tokens: number[] } => ({
  file: 'generation_config.json',
  tokens,
});
const tokenizer = (id: number): { file: string; content: string; id: number } => ({
  file: 'tokenizer_config.json',
  content: '<|im_end|>',
  id,
});

describe('endTokens', () => {
  it.each([
    ['the tokenizer alone', [config(5)], tokenizer(5), [5]],
    ['the configurations alone', [config(5, 6), generation(6, 7)], undefined, [5, 6, 7]],
    ['nobody', [config()], undefined, []],
    ['all of them, the tokenizer’s first', [config(5), generation(6, 7)], tokenizer(7), [7, 5, 6]],
  ] as const)('are those that %s declare', (_, configurations, named, tokens) => {
    expect(endTokens({ configurations, tokenizer: named, vocabularySize: 8 })).toEqual({ tokens });
  });

  it('include a tokenizer’s that the configurations do not list, with a warning that names the files', () => {
    const { tokens, warning } = endTokens({
      configurations: [config(0), generation()],
      tokenizer: tokenizer(7),
      vocabularySize: 8,
    });
    expect(tokens).toEqual([7, 0]);
    expect(warning).toBe(
      'tokenizer_config.json ends a text with <|im_end|> (7), but config.json (eos_token_id 0) and ' +
        'generation_config.json (eos_token_id null) do not list it. Generation stops at every one of these tokens, ' +
        'and what is saved lists them in all files.',
    );
  });

  it('leave out what is no token of the model, with a warning that names the file', () => {
    expect(endTokens({ configurations: [config(0), generation(8, 3)], vocabularySize: 8 })).toEqual({
      tokens: [0, 3],
      warning:
        'generation_config.json ends a text with what is no token of the model (eos_token_id 8; the vocabulary has 8). ' +
        'It is left out. Correct eos_token_id if another token ends texts.',
    });
    const both = endTokens({
      configurations: [config(-1), generation(50_256)],
      tokenizer: tokenizer(7),
      vocabularySize: 8,
    });
    expect(both.tokens).toEqual([7]);
    expect(both.warning).toMatch(/^config\.json .*-1.*generation_config\.json .*50256.*do not list it/);
  });

  it('are refused where the tokenizer names one outside the vocabulary', () => {
    expect(() =>
      endTokens({ configurations: [config(0)], tokenizer: tokenizer(8), vocabularySize: 8 }),
    ).toThrow(
      expect.objectContaining({ code: 'tokenizer-mismatch', file: 'tokenizer_config.json', found: '8' }),
    );
  });
});
