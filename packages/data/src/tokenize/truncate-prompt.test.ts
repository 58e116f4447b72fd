import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import golden from '../../fixtures/tokenizer-golden.json' with { type: 'json' };
import { formatPrompt } from '../templates/tldr.js';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { fitPrompt, truncatePrompt } from './truncate-prompt.js';

const fast = createTokenizer(json as TokenizerJson);
/** The same tokens from a tokenizer that promises nothing, so that every cut is tokenized again. */
const plain: Tokenizer = { ...fast, splitsBeforeSpace: false };
const fields = { id: 'r1', subreddit: 'cooking', title: 'Soup' };

/** The rule of the paper's sources, as plainly as it can be written. */
function cutByRule(post: string, tokenizer: Tokenizer, maxTokens: number): string {
  let rest = post;
  while (tokenizer.encode(formatPrompt({ ...fields, post: rest })).length > maxTokens && rest !== '') {
    const lineBreak = rest.lastIndexOf('\n');
    rest = lineBreak >= 0 ? rest.slice(0, lineBreak) : [...rest].slice(0, -1).join('');
  }
  return rest;
}

const posts = fc.string({
  minLength: 1,
  maxLength: 120,
  unit: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(' the', ' lake', 'dinner', ' 12', "'s", '.', '東京', '🙂', 'e\u0301'),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(' ', '\n', '\n\n', '  ', ' \n', '\t', '\u0085', '\uFEFF', '\u3000', '\r\n'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }) },
  ),
});

describe('truncatePrompt', () => {
  it('equals the rule', () => {
    fc.assert(
      fc.property(posts, fc.integer({ min: 30, max: 140 }), (post, maxTokens) => {
        const expected = cutByRule(post, fast, maxTokens);
        for (const tokenizer of [fast, plain]) {
          if (expected === '') {
            expect(() => truncatePrompt({ ...fields, post }, tokenizer, { maxTokens })).toThrow(/r1/);
            continue;
          }
          const { text, tokens, truncated } = truncatePrompt({ ...fields, post }, tokenizer, { maxTokens });
          expect(text).toBe(formatPrompt({ ...fields, post: expected }));
          expect(tokens).toEqual(fast.encode(text));
          expect(tokens.length).toBeLessThanOrEqual(maxTokens);
          expect(truncated).toBe(expected !== post);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('equals the rule in Python with the Rust library', () => {
    let cut = 0;
    for (const { post, limit, truncated } of golden.truncations) {
      const attempt = () => truncatePrompt({ ...fields, post }, fast, { maxTokens: limit }).text;
      if (truncated === null) expect(attempt).toThrow(/has nothing left/);
      else expect(attempt()).toBe(formatPrompt({ ...fields, post: truncated }));
      if (truncated !== post) cut++;
    }
    expect(cut).toBeGreaterThan(100);
  });

  it('does not tokenize a long post over and over', () => {
    const post = Array.from({ length: 20_000 }, (_, index) => `the dinner ${index % 9}`).join('\n');
    let characters = 0;
    const counting: Tokenizer = {
      ...fast,
      encode: (text) => {
        characters += text.length;
        return fast.encode(text);
      },
    };
    const { tokens } = truncatePrompt({ ...fields, post }, counting, { maxTokens: 512 });
    expect(tokens.length).toBeGreaterThan(500);
    // Paragraph by paragraph from the end, the plain rule would tokenize 20,000 prompts.
    expect(characters).toBeLessThan(2 * post.length);
  });

  it.each([
    ['without a space', 'soup'.repeat(25_000)],
    ['of one letter', 'x'.repeat(100_000)],
    ['of ideographs', '東京'.repeat(50_000)],
    ['of line breaks', '\n'.repeat(100_000)],
    ['of spaces', ' '.repeat(100_000)],
  ])('cuts a hundred thousand characters %s in time', (_, post) => {
    const before = process.cpuUsage();
    try {
      expect(truncatePrompt({ ...fields, post }, fast, { maxTokens: 512 }).tokens.length).toBeLessThanOrEqual(
        512,
      );
    } catch (error) {
      expect(error).toMatchObject({ code: 'empty-post' });
    }
    // Of the processor, whatever else the machine does.
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
  });

  it('takes a post that fits as it is', () => {
    const encode = vi.fn(fast.encode);
    const result = truncatePrompt({ ...fields, post: 'I made soup.' }, { ...fast, encode });
    expect(result).toMatchObject({ truncated: false, tokens: fast.encode(result.text) });
    expect(encode).toHaveBeenCalledTimes(1);
  });

  it('names the record of an empty post', () => {
    expect(() => truncatePrompt({ ...fields, post: '' }, fast)).toThrow(
      expect.objectContaining({ code: 'empty-post', place: { record: 'r1' } }),
    );
  });

  it.each([0, Number.NaN])('refuses a limit of %s', (maxTokens) => {
    expect(() => truncatePrompt({ ...fields, post: 'soup' }, fast, { maxTokens })).toThrow(
      /must be a number ≥ 1/,
    );
  });
});

describe('fitPrompt', () => {
  it('equals the rule whatever is around the part that may be cut', () => {
    const around = fc.constantFrom('', ' ', '\n', '?', 'Q: ', '\nA:', 'the', ' the lake');
    fc.assert(
      fc.property(around, posts, around, fc.integer({ min: 1, max: 60 }), (head, body, tail, maxTokens) => {
        let rest = body;
        while (fast.encode(head + rest + tail).length > maxTokens && rest !== '') {
          const lineBreak = rest.lastIndexOf('\n');
          rest = lineBreak >= 0 ? rest.slice(0, lineBreak) : [...rest].slice(0, -1).join('');
        }
        const cut = [head.length, head.length + body.length] as const;
        const record = { id: 'r1', prompt: head + body + tail, cut, place: { file: 'a.csv', row: 7 } };
        for (const tokenizer of [fast, plain]) {
          const fit = () => fitPrompt(record, tokenizer, { maxTokens });
          if (rest === '') expect(fit).toThrow(/r1 \(a\.csv, row 7\)/);
          else expect(fit()).toMatchObject({ text: head + rest + tail, truncated: rest !== body });
        }
      }),
      { numRuns: 600 },
    );
  });

  it('refuses to cut where nothing may be cut, and says where the record is', () => {
    const record = { id: 'r1', prompt: 'the lake '.repeat(9), place: { file: 'a.jsonl', line: 3 } };
    expect(() => fitPrompt(record, fast, { maxTokens: 5 })).toThrow(
      expect.objectContaining({
        code: 'prompt-too-long',
        message: expect.stringMatching(
          /Record r1 \(a\.jsonl, line 3\) has a prompt of \d+ tokens, more than 5/,
        ),
        place: { file: 'a.jsonl', line: 3, record: 'r1' },
      }),
    );
  });

  it('is end-of-text alone where there is no prompt', () => {
    expect(fitPrompt({ prompt: '' }, fast)).toEqual({
      text: '',
      tokens: [fast.endOfTextToken],
      truncated: false,
    });
  });
});
