import { describe, expect, test } from 'vitest';
import { inParallel } from './in-parallel.js';

describe('inParallel', () => {
  test('keeps the order, and the number of those under way', async () => {
    let under = 0;
    let most = 0;
    const progress: number[] = [];
    const work = async (item: number, index: number) => {
      most = Math.max(most, ++under);
      for (let turn = 0; turn < item; turn++) await Promise.resolve();
      under -= 1;
      return [2 * item, index];
    };
    const doubled = await inParallel([5, 1, 3, 2, 4], 2, work, (done) => progress.push(done));
    expect(progress).toEqual([1, 2, 3, 4, 5]);
    expect(doubled).toEqual([5, 1, 3, 2, 4].map((item, index) => [2 * item, index]));
    expect(most).toBe(2);
    expect(await inParallel([], 3, async () => 1)).toEqual([]);
  });

  test('after a failure it ends what is under way, and starts nothing', async () => {
    const ended: number[] = [];
    const failing = inParallel([0, 1, 2, 3], 2, async (item) => {
      if (item === 0) throw new Error('first');
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      ended.push(item);
      throw new Error('second');
    });
    await expect(failing).rejects.toThrow('first');
    expect(ended).toEqual([1]);
  });

  test('refuses to do nothing at once', async () => {
    await expect(inParallel([1], 0, async () => 1)).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
