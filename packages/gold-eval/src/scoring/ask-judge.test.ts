import { describe, expect, test } from 'vitest';
import { GoldEvalError } from '../errors.js';
import { compareAll } from './compare-all.js';
import type { PairwiseJudge } from './pairwise-judge.js';
import { scoreAll } from './score-all.js';
import { functionScorer } from './scorer.js';

const items = ['a', 'b', 'c'];

const throwing = (error: unknown) =>
  functionScorer('broken', (item: string) => {
    if (item !== 'c') return 1;
    throw error;
  });

describe('a judge that throws', () => {
  test.each<[string, unknown, string]>([
    ['an error', new Error('boom'), 'the scorer "broken" failed on items 0–2: boom.'],
    [
      'a sentence',
      new TypeError("Cannot read properties of undefined (reading 'length')."),
      `the scorer "broken" failed on items 0–2: Cannot read properties of undefined (reading 'length').`,
    ],
    ['text', 'boom', 'the scorer "broken" failed on items 0–2: "boom".'],
    ['an error that says nothing', new RangeError(), 'the scorer "broken" failed on items 0–2: RangeError.'],
  ])('%s is named with its items', async (_, error, message) => {
    await expect(scoreAll(throwing(error), items)).rejects.toMatchObject({
      name: 'GoldEvalError',
      code: 'scorer-failed',
      message: `@ais/gold-eval: ${message}`,
      cause: error,
    });
  });

  test('is named with the item of its batch, and before it returns a promise', async () => {
    await expect(scoreAll(throwing(new Error('boom')), items, { batchSize: 2 })).rejects.toThrow(
      'the scorer "broken" failed on item 2: boom.',
    );
    const atOnce = {
      ...throwing(undefined),
      score: () => {
        throw new Error('at once');
      },
    };
    await expect(scoreAll(atOnce, items)).rejects.toThrow(
      'the scorer "broken" failed on items 0–2: at once.',
    );
  });

  test('is named where it compares', async () => {
    const judge: PairwiseJudge<string> = {
      specificationVersion: 'v1',
      name: 'odd',
      compare: () => Promise.reject(new Error('boom')),
    };
    await expect(compareAll(judge, items)).rejects.toThrow('the judge "odd" failed on pairs 0–2: boom.');
  });

  test.each<[string, unknown]>([
    ['of this package', new GoldEvalError('budget-spent', 'spent.')],
    ['of another package', Object.assign(new Error('x'), { [Symbol.for('@ais/error')]: '@ais/data' })],
    ['of what was stopped', new DOMException('stopped', 'AbortError')],
  ])('lets errors %s through', async (_, error) => {
    await expect(scoreAll(throwing(error), items)).rejects.toBe(error);
  });

  test('lets the reason of its signal through', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const stopping = functionScorer('stopping', (_: string): number => {
      controller.abort(reason);
      throw reason;
    });
    await expect(scoreAll(stopping, items, { signal: controller.signal })).rejects.toBe(reason);
  });
});
