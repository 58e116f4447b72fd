import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSplitLeaks, type SplittableRecord, splitRecords } from './split-records.js';

/** Few posts and families, so that many records are tied together, in chains too. */
const records = fc
  .array(
    fc.record({
      post: fc.constantFrom('a', 'A ', ' a', 'b', 'c', 'c\n', 'd e', 'd  E', 'f', 'g'),
      family: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
    }),
    { maxLength: 30 },
  )
  .map((list) =>
    list.map(
      ({ post, family }, index): SplittableRecord =>
        family === undefined ? { id: String(index), post } : { id: String(index), post, family },
    ),
  );
const fractions = { train: 0.6, validation: 0.2, test: 0.2 };

describe('splitRecords', () => {
  it('leaks nothing, loses nothing, and keeps the order', () => {
    fc.assert(
      fc.property(records, fc.maxSafeInteger(), (list, seed) => {
        const splits = splitRecords(list, { fractions, seed });
        expect(findSplitLeaks(splits)).toEqual([]);
        const ids = Object.values(splits).map((split) => split.map(({ id }) => Number(id)));
        expect(ids.flat().sort((a, b) => a - b)).toEqual(list.map(({ id }) => Number(id)));
        for (const split of ids) expect(split).toEqual([...split].sort((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  it('puts a record where it is put in any order', () => {
    fc.assert(
      fc.property(records, fc.maxSafeInteger(), (list, seed) => {
        const sides = (order: readonly SplittableRecord[]): string[] =>
          Object.entries(splitRecords(order, { fractions, seed }))
            .flatMap(([name, split]) => split.map(({ id }) => `${id} ${name}`))
            .sort();
        expect(sides([...list].reverse())).toEqual(sides(list));
      }),
    );
  });

  it('meets the fractions within their standard error', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ id: String(index), post: `post ${index}` }));
    const splits = splitRecords(many, { fractions, seed: 17 });
    for (const name of ['train', 'validation', 'test'] as const) {
      const error = Math.sqrt((fractions[name] * (1 - fractions[name])) / many.length);
      expect(Math.abs(splits[name].length / many.length - fractions[name])).toBeLessThan(4 * error);
    }
    const other = splitRecords(many, { fractions, seed: 18 });
    expect(other.test.map(({ id }) => id)).not.toEqual(splits.test.map(({ id }) => id));
  });

  it('moves nothing when unrelated records come in', () => {
    const before = Array.from({ length: 200 }, (_, index) => ({ id: `${index}`, post: `post ${index}` }));
    const after = [...before, ...before.map(({ id }) => ({ id: `new ${id}`, post: `new post ${id}` }))];
    const small = splitRecords(before, { fractions, seed: 17 });
    const large = splitRecords(after, { fractions, seed: 17 });
    expect(large.test.filter(({ id }) => !id.startsWith('new'))).toEqual(small.test);
  });

  it.each([[{ train: 0.9, test: 0.2 }], [{ train: 1, test: 0 }], [{ train: Number.NaN }], [{}]])(
    'refuses the fractions %j',
    (wrong) => {
      expect(() => splitRecords([], { fractions: wrong as Record<string, number>, seed: 1 })).toThrow(
        expect.objectContaining({ code: 'invalid-option' }),
      );
    },
  );

  it('refuses a seed that is not whole', () => {
    expect(() => splitRecords([], { fractions, seed: 0.5 })).toThrow(/seed/);
  });
});

describe('findSplitLeaks', () => {
  it('names what leaks', () => {
    const leaks = findSplitLeaks({
      train: [
        { id: '1', post: 'Two cakes' },
        { id: '2', post: 'b', family: 'x' },
      ],
      test: [
        { id: '3', post: 'two  cakes' },
        { id: '4', post: 'c', family: 'x' },
      ],
    });
    expect(leaks).toEqual([
      { splits: ['train', 'test'], ids: ['1', '3'], reason: 'same post' },
      { splits: ['train', 'test'], ids: ['2', '4'], reason: 'same family' },
    ]);
  });
});
