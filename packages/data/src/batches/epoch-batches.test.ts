import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochBatches } from './epoch-batches.js';

const counts = fc.nat({ max: 200 });
const sizes = fc.integer({ min: 1, max: 50 });
const seeds = fc.maxSafeInteger();
const epochs = fc.nat({ max: 100 });

describe('epochBatches', () => {
  it('is a permutation of the epoch, cut into full batches and a last one', () => {
    fc.assert(
      fc.property(counts, sizes, seeds, epochs, (count, batchSize, seed, epoch) => {
        const batches = epochBatches(count, { batchSize, seed, epoch });
        expect(batches.flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, index) => index),
        );
        expect(batches.length).toBe(Math.ceil(count / batchSize));
        expect(batches.slice(0, -1).every((batch) => batch.length === batchSize)).toBe(true);
      }),
    );
  });

  it('is the same for the same arguments', () => {
    fc.assert(
      fc.property(counts, sizes, seeds, epochs, (count, batchSize, seed, epoch) => {
        const options = { batchSize, seed, epoch };
        expect(epochBatches(count, options)).toEqual(epochBatches(count, options));
      }),
    );
  });

  it('stays what it was in earlier versions', () => {
    // A change of these breaks the resuming of every stored run.
    expect(epochBatches(7, { batchSize: 3, seed: 17, epoch: 0 })).toMatchInlineSnapshot(`
      [
        [
          0,
          2,
          3,
        ],
        [
          6,
          4,
          1,
        ],
        [
          5,
        ],
      ]
    `);
    expect(epochBatches(7, { batchSize: 3, seed: 17, epoch: 1 })).toMatchInlineSnapshot(`
      [
        [
          3,
          1,
          4,
        ],
        [
          2,
          5,
          6,
        ],
        [
          0,
        ],
      ]
    `);
  });

  it('orders epochs and seeds differently, and batch sizes alike', () => {
    const order = (seed: number, epoch: number, batchSize = 8): number[] =>
      epochBatches(64, { batchSize, seed, epoch }).flat();
    expect(order(1, 0)).not.toEqual(order(1, 1));
    expect(order(1, 0)).not.toEqual(order(2, 0));
    expect(order(1, 0)).toEqual(order(1, 0, 5));
  });

  it('drops a last batch that is not full where asked', () => {
    const options = { batchSize: 3, seed: 1, epoch: 0, dropLast: true };
    expect(epochBatches(7, options).map(({ length }) => length)).toEqual([3, 3]);
    expect(epochBatches(6, options).length).toBe(2);
  });

  it.each([
    ['count', -1, { batchSize: 1, seed: 1, epoch: 0 }],
    ['batchSize', 5, { batchSize: 0, seed: 1, epoch: 0 }],
    ['epoch', 5, { batchSize: 1, seed: 1, epoch: 0.5 }],
    ['seed', 5, { batchSize: 1, seed: Number.NaN, epoch: 0 }],
  ])('refuses a wrong %s', (name, count, options) => {
    expect(() => epochBatches(count, options)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(name) }),
    );
  });
});
