import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import type { TextRecord } from '../records/record.js';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { tokenizeRecord } from './tokenize-record.js';
import { tokenizeRecords } from './tokenize-records.js';

const tokenizer = createTokenizer(json as TokenizerJson);
/** Merges across words, as tokenizers without a pre-tokenizer do: ":" and the response's space become one. */
const merging: Tokenizer = {
  ...tokenizer,
  splitsBeforeSpace: false,
  encode: (text) => text.split(/(: )/).flatMap((part) => (part === ': ' ? [511] : tokenizer.encode(part))),
};
const record: TextRecord = {
  id: 'r1',
  prompt: 'TITLE: Soup\n\nPOST: We made the soup at the lake.\n\nTL;DR:',
  cut: [19, 48],
  response: ' soup at the lake',
};
const records = fc.record({
  id: fc.string(),
  prompt: fc.string({ minLength: 1 }),
  response: fc.string(),
});

describe('tokenizeRecord', () => {
  it('is tokens(prompt) ++ tokens(response) ++ end-of-text, and says whether the joint text has them too', () => {
    fc.assert(
      fc.property(records, (any) => {
        const { id, prompt, response, boundaryMerged } = tokenizeRecord(any, tokenizer);
        expect(id).toBe(any.id);
        expect(prompt).toEqual(tokenizer.encode(any.prompt));
        expect(response).toEqual([...tokenizer.encode(any.response), tokenizer.endOfTextToken]);
        const joint = tokenizer.encode(any.prompt + any.response).join();
        expect(boundaryMerged).toBe([...prompt, ...response.slice(0, -1)].join() !== joint);
      }),
    );
  });

  it('ends a response once that ends in the end-of-text token already', () => {
    const once = tokenizeRecord(record, tokenizer);
    const response = `${record.response}<|endoftext|>`;
    expect(tokenizeRecord({ ...record, response }, tokenizer)).toEqual(once);
    expect(tokenizeRecord({ ...record, response: `${response} <|endoftext|>\n` }, tokenizer)).toEqual(once);
  });

  it.each(['maxPromptTokens', 'maxResponseTokens'])('refuses %s of 0, which leaves no room', (name) => {
    expect(() => tokenizeRecord(record, tokenizer, { [name]: 0 })).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: `@ais/data: ${name} must be a number ≥ 1, got 0.`,
      }),
    );
  });

  it('says where the boundary merges, and keeps the parts apart', () => {
    const { prompt, response, boundaryMerged } = tokenizeRecord(record, merging);
    expect(boundaryMerged).toBe(true);
    expect(prompt).toEqual(merging.encode(record.prompt));
    expect(response).toEqual([...merging.encode(' soup at the lake'), 0]);
  });

  it('cuts a long response, and ends it all the same', () => {
    const whole = tokenizeRecord(record, tokenizer);
    expect(whole.responseTruncated).toBe(false);
    const limit = whole.response.length;
    expect(tokenizeRecord(record, tokenizer, { maxResponseTokens: limit })).toEqual(whole);
    const cut = tokenizeRecord(record, tokenizer, { maxResponseTokens: limit - 2 });
    expect(cut.response).toEqual([...whole.response.slice(0, limit - 3), 0]);
    expect(cut.responseTruncated).toBe(true);
  });

  it('cuts a long prompt by the rule', () => {
    const whole = tokenizeRecord(record, tokenizer).prompt.length;
    const { prompt, truncated } = tokenizeRecord(record, tokenizer, { maxPromptTokens: whole - 5 });
    expect(truncated).toBe(true);
    expect(prompt.length).toBeLessThanOrEqual(whole - 5);
    expect(tokenizer.decode(prompt).endsWith('\n\nTL;DR:')).toBe(true);
  });
});

it('learns text without a prompt behind end-of-text', () => {
  expect(tokenizeRecord({ id: 'r', prompt: '', response: 'the lake' }, merging)).toMatchObject({
    prompt: [0],
    response: [...tokenizer.encode('the lake'), 0],
    boundaryMerged: false,
  });
});

describe('tokenizeRecords', () => {
  it.each([
    [{ prompt: 'Q:' }, 'tokenizeRecords, record 2, field "response": is missing.'],
    [{ response: 7 }, 'tokenizeRecords, record 2, field "response": expected a string, got a number.'],
    [{ id: 1 }, 'tokenizeRecords, record 2, field "id": expected a string, got a number.'],
  ])('refuses a record with %j, by its number', (fields, message) => {
    const good = { id: '1', prompt: 'Q:', response: ' A.' };
    const bad = {
      ...good,
      response: undefined,
      ...('prompt' in fields ? {} : { response: ' A.' }),
      ...fields,
    };
    expect(() => tokenizeRecords([good, bad as never], tokenizer)).toThrow(message);
  });

  it('says that the tokenizer is missing', () => {
    const missing = expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining(
        'tokenizer must be a tokenizer, got undefined. Give what loadTokenizer',
      ),
    });
    expect(() => tokenizeRecords([record], undefined as never)).toThrow(missing);
    expect(() => tokenizeRecord({ ...record, prompt: '' }, undefined as never)).toThrow(missing);
  });

  it('counts what it did', () => {
    const long = {
      ...record,
      id: 'r2',
      prompt: `TITLE: Soup\n\nPOST: ${'the lake '.repeat(100)}\n\nTL;DR:`,
      cut: [19, 919] as const,
    };
    const options = { maxPromptTokens: merging.encode(record.prompt).length, maxResponseTokens: 5 };
    const { examples, report } = tokenizeRecords([record, long], merging, options);
    expect(examples.map(({ id }) => id)).toEqual(['r1', 'r2']);
    expect(Object.keys(examples[0]!)).toEqual(['id', 'prompt', 'response']);
    expect(report).toEqual({
      records: 2,
      truncated: 1,
      responsesTruncated: 2,
      longPrompts: 0,
      boundaryMerges: 2,
      firstBoundaryMerge: { id: 'r1', response: ' soup at the lake' },
      limits: options,
    });
    expect(tokenizeRecords([], tokenizer).report).toMatchObject({
      boundaryMerges: 0,
      limits: { maxPromptTokens: 512, maxResponseTokens: Infinity },
    });
  });

  it('stops at a prompt that cannot be made to fit, or drops and counts it, and says where it is', () => {
    const place = { file: 'a.csv', line: 7 };
    const long = { id: 'long', prompt: 'the lake '.repeat(50), response: ' a', place };
    const options = { maxPromptTokens: 60 };
    expect(() => tokenizeRecords([record, long], tokenizer, options)).toThrow(
      /Record long \(a\.csv, line 7\)/,
    );
    const { examples, report } = tokenizeRecords([long, record, { ...long, id: 'also' }], tokenizer, {
      ...options,
      longPrompts: 'drop',
    });
    expect(examples.map(({ id }) => id)).toEqual(['r1']);
    expect(report).toMatchObject({ records: 1, longPrompts: 2 });
    expect(report.firstLongPrompt?.message).toMatch(/Record long \(a\.csv, line 7\)/);
    expect(() => tokenizeRecords([], tokenizer, { longPrompts: 'cut' as 'drop' })).toThrow(
      /'error' or 'drop'/,
    );
  });
});
