import { describe, expect, test, vi } from 'vitest';
import { scoreAll } from './score-all.js';
import { centeredScorer, functionScorer, type Scorer } from './scorer.js';

const length = functionScorer('length', (text: string) => text.length);

describe('scoreAll', () => {
  test.each([[{ toString: 1 }], [[1]], ['1'], [null]])('refuses the reward %j by name', async (reward) => {
    const scorer: Scorer<string> = {
      specificationVersion: 'v1',
      name: 'odd',
      score: async () => [reward as never],
    };
    await expect(scoreAll(scorer, ['a'])).rejects.toMatchObject({
      code: 'scorer-failed',
      message: expect.stringContaining('the scorer "odd" returned'),
    });
  });

  test('keeps the order over batches and reports progress', async () => {
    const onProgress = vi.fn();
    expect(await scoreAll(length, ['a', 'abc', ''], { batchSize: 2, onProgress })).toEqual([1, 3, 0]);
    expect(onProgress.mock.calls).toEqual([
      [2, 3],
      [3, 3],
    ]);
    expect(await scoreAll(length, [])).toEqual([]);
  });

  test('passes on what a scorer tells within a call', async () => {
    const telling: Scorer<string> = {
      ...length,
      score: async (items, { onProgress } = {}) => {
        onProgress?.(1);
        return items.map((item) => item.length);
      },
    };
    const onProgress = vi.fn();
    await scoreAll(telling, ['a', 'abc', ''], { batchSize: 2, onProgress });
    expect(onProgress.mock.calls).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
      [3, 3],
    ]);
  });

  test('centering subtracts a constant', async () => {
    expect(await scoreAll(centeredScorer(length, 2), ['a', 'abc'])).toEqual([-1, 1]);
    expect(centeredScorer(length, 0.5).name).toBe('length − 0.5');
  });

  test.each([null, '1'])('a centered scorer makes no number of %j', async (reward) => {
    const scorer = centeredScorer(
      functionScorer<string>('odd', () => reward as never),
      2,
    );
    await expect(scoreAll(scorer, ['a'])).rejects.toMatchObject({ code: 'scorer-failed' });
  });

  test.each([
    ['too few rewards', [1], /one reward per item, in order: expected 2, got 1/],
    ['NaN', [1, Number.NaN], /returned NaN for item 1/],
    ['nothing', undefined, /"broken" must return one reward per item, in order: expected 2, got none/],
  ])('names the scorer that answers %s', async (_, answer, message) => {
    const score = async () => answer as number[];
    const broken: Scorer<string> = { specificationVersion: 'v1', name: 'broken', score };
    await expect(scoreAll(broken, ['a', 'b'])).rejects.toThrow(message);
    await expect(scoreAll(broken, ['a', 'b'])).rejects.toMatchObject({
      name: 'GoldEvalError',
      code: 'scorer-failed',
    });
  });

  test('stops between batches', async () => {
    const controller = new AbortController();
    const stopped = scoreAll(length, ['a', 'b', 'c'], {
      batchSize: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
  });

  test('resumes after the rewards of an interrupted run, and refuses those of another', async () => {
    const asked: string[][] = [];
    const watched: Scorer<string> = {
      ...length,
      score: (batch) => {
        asked.push([...batch]);
        return length.score(batch);
      },
    };
    const kept: [readonly number[], number][] = [];
    const onBatch = async (rewards: readonly number[], start: number): Promise<void> => {
      kept.push([rewards, start]);
    };
    const options = { batchSize: 2, done: [7], onBatch };
    expect(await scoreAll(watched, ['x', 'ab', 'abc', ''], options)).toEqual([7, 2, 3, 0]);
    expect(asked).toEqual([['ab', 'abc'], ['']]);
    expect(kept).toEqual([
      [[2, 3], 1],
      [[0], 3],
    ]);
    await expect(scoreAll(length, ['a'], { done: [1, 2] })).rejects.toMatchObject({ code: 'invalid-option' });
  });

  test.each([
    [
      [(text: string) => text.length],
      /the name must be a string that is not empty, got a function\. Name the judge first: functionScorer\('my-judge@1', judge\)/,
    ],
    [['', () => 1], /got an empty one\./],
    [['length'], /the judge "length" must be a function that gives one item's reward, got undefined\./],
  ])('a scorer of a function needs a name and a function: %#', (given, message) => {
    const make = functionScorer as (...given: unknown[]) => unknown;
    expect(() => make(...given)).toThrow(message);
  });

  test('quotes a reward that is text', async () => {
    const text = functionScorer('text', (_: string) => '1' as unknown as number);
    await expect(scoreAll(text, ['a'])).rejects.toThrow('returned "1" for item 0');
  });

  test('refuses an empty batch', async () => {
    await expect(scoreAll(length, ['a'], { batchSize: 0 })).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
