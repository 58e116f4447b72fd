import { DataError } from '@ais/data';
import { expect, test } from 'vitest';
import { CountedLengths } from './counted-lengths.js';

const long = new DataError(
  'prompt-too-long',
  'Record 1 (a.csv, row 1) has a prompt of 4 tokens. Raise maxPromptTokens, or drop such records (longPrompts: drop).',
  { place: { file: 'a.csv', row: 1, record: '1' } },
);
const counted = (longPrompts: 'error' | 'drop') =>
  new CountedLengths({ maxPromptTokens: 3, maxResponseTokens: 3, longPrompts, longResponses: 'drop' });
const fail = () => {
  throw long;
};

test('a prompt that is too long is refused with the flags that say what else to do', () => {
  let caught: unknown;
  try {
    counted('error').tokenize(fail);
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({
    name: 'DataError',
    code: 'prompt-too-long',
    place: { file: 'a.csv', row: 1 },
  });
  expect((caught as DataError).message).toBe(
    '@ais/data: Record 1 (a.csv, row 1) has a prompt of 4 tokens. Raise data.maxPromptTokens (--max-prompt-tokens), or drop such records (--long-prompts drop).',
  );
});

test('where it is to be dropped, it is, and other errors are no long prompts', () => {
  const lengths = counted('drop');
  expect(lengths.tokenize(fail)).toBeUndefined();
  expect(lengths.counts.longPrompts).toBe(1);
  expect(() =>
    lengths.tokenize(() => {
      throw new Error('other');
    }),
  ).toThrow('other');
});
