import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSplitLeaks, type SplittableRecord, splitRecords } from './split-records.js';

/** Few posts and families, so that many records are tied together, in chains too. */
const records = fc
  .array(
    fc.record({
      prompt: fc.constantFrom('a', 'A ', ' a', 'b', 'c', 'c\n', 'd e', 'd  E', 'f', 'g'),
      family: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
    }),
    { maxLength: 30 },
  )
  .map((list) =>
    list.map(
      ({ prompt, family }, index): SplittableRecord =>
        family === undefined ? { id: String(index), prompt } : { id: String(index), prompt, family },
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
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      id: String(index),
      prompt: `post ${index}`,
    }));
    const splits = splitRecords(many, { fractions, seed: 17 });
    for (const name of ['train', 'validation', 'test'] as const) {
      const error = Math.sqrt((fractions[name] * (1 - fractions[name])) / many.length);
      expect(Math.abs(splits[name].length / many.length - fractions[name])).toBeLessThan(4 * error);
    }
    const other = splitRecords(many, { fractions, seed: 18 });
    expect(other.test.map(({ id }) => id)).not.toEqual(splits.test.map(({ id }) => id));
  });

  it('moves nothing when unrelated records come in', () => {
    const before = Array.from({ length: 200 }, (_, index) => ({ id: `${index}`, prompt: `post ${index}` }));
    const after = [...before, ...before.map(({ id }) => ({ id: `new ${id}`, prompt: `new post ${id}` }))];
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

  it('refuses fractions without names', () => {
    expect(() => splitRecords([], { fractions: [0.8, 0.2] as never, seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(
          'fractions must be named, got [0.8,0.2]. Use, for example, { train: 0.9',
        ),
      }),
    );
  });

  it('refuses a seed that is not whole', () => {
    expect(() => splitRecords([], { fractions, seed: 0.5 })).toThrow(/seed/);
  });
});

describe('what belongs together', () => {
  const sides = (records: readonly SplittableRecord[]): number =>
    new Set(
      Array.from({ length: 20 }, (_, seed) => {
        const { a, b } = splitRecords(records, { fractions: { a: 0.5, b: 0.5 }, seed });
        return Math.min(a.length, b.length);
      }),
    ).size;

  it('is the part of a prompt that may be cut, whatever is around it', () => {
    const record = (id: string, title: string): SplittableRecord => ({
      id,
      prompt: `${title}: soup`,
      cut: [title.length + 2, title.length + 6],
    });
    expect(sides([record('1', 'One'), record('2', 'Another')])).toBe(1);
  });

  it('is the response where there is no prompt', () => {
    const record = (id: string, response: string): SplittableRecord => ({ id, prompt: '', response });
    expect(sides([record('1', 'soup'), record('2', 'Soup ')])).toBe(1);
    expect(sides([record('1', 'soup'), record('2', 'cake')])).toBe(2);
  });

  it('keeps the sides of TL;DR posts, which are known by their posts', () => {
    const { a, b } = splitRecords(
      Array.from({ length: 12 }, (_, index) => ({ id: `${index}`, prompt: `post ${index}` })),
      { fractions: { a: 0.5, b: 0.5 }, seed: 17 },
    );
    expect([a, b].map((split) => split.map(({ id }) => id).join())).toMatchInlineSnapshot(`
      [
        "1,2,4,7,8,9,11",
        "0,3,5,6,10",
      ]
    `);
  });
});

describe('findSplitLeaks', () => {
  it('names what leaks', () => {
    const leaks = findSplitLeaks({
      train: [
        { id: '1', prompt: 'Two cakes' },
        { id: '2', prompt: 'b', family: 'x' },
      ],
      test: [
        { id: '3', prompt: 'two  cakes' },
        { id: '4', prompt: 'c', family: 'x' },
      ],
    });
    expect(leaks).toEqual([
      { splits: ['train', 'test'], ids: ['1', '3'], reason: 'same prompt' },
      { splits: ['train', 'test'], ids: ['2', '4'], reason: 'same family' },
    ]);
  });
});
