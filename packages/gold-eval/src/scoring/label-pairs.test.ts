import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelPairs } from './label-pairs.js';

const chosen = (...parameters: Parameters<typeof labelPairs>) =>
  labelPairs(...parameters).map((label) => label.chosen);
const share = (values: readonly (0 | 1 | undefined)[]) =>
  values.filter((value) => value === 0).length / values.length;

describe('labelPairs', () => {
  test('the mode is the higher reward; ties are dropped or tossed', () => {
    expect(chosen([1.5, 0.2, 1], [0.5, 0.9, 1])).toEqual([0, 1, undefined]);
    expect(labelPairs([1], [1.05], { tieTolerance: 0.1 })).toEqual([
      { chosen: undefined, tie: true, flipped: false },
    ]);
    const tossed = chosen(Array(4000).fill(1), Array(4000).fill(1), { ties: 'random' });
    expect(Math.abs(share(tossed) - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(4000));
  });

  test('Bradley–Terry sampling chooses with probability σ(margin/temperature)', () => {
    const n = 8000;
    for (const [margin, temperature] of [
      [1, 1],
      [1, 2],
      [-0.5, 0.25],
    ] as const) {
      const found = share(
        chosen(Array(n).fill(margin), Array(n).fill(0), { rule: 'bradley-terry', temperature, seed: 4 }),
      );
      const expected = 1 / (1 + Math.exp(-margin / temperature));
      expect(Math.abs(found - expected)).toBeLessThan(
        (4 * Math.sqrt(expected * (1 - expected))) / Math.sqrt(n),
      );
    }
  });

  test('noise flips its share of the labels and says which', () => {
    const n = 8000;
    const labels = labelPairs(Array(n).fill(1), Array(n).fill(0), { noise: 0.2, seed: 8 });
    expect(Math.abs(labels.filter(({ flipped }) => flipped).length / n - 0.2)).toBeLessThan(
      (4 * 0.4) / Math.sqrt(n),
    );
    for (const label of labels) expect(label.chosen).toBe(label.flipped ? 1 : 0);
  });

  test('labeling in parts gives what labeling at once gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer(), fc.integer()), { minLength: 1 }),
        fc.nat(),
        fc.maxSafeInteger(),
        (pairs, at, seed) => {
          const cut = at % pairs.length;
          const label = (part: [number, number][], offset: number) =>
            labelPairs(
              part.map(([value]) => value / 1e9),
              part.map(([, value]) => value / 1e9),
              { rule: 'bradley-terry', noise: 0.3, seed, offset },
            );
          expect([...label(pairs.slice(0, cut), 0), ...label(pairs.slice(cut), cut)]).toEqual(
            label(pairs, 0),
          );
        },
      ),
    );
  });

  test('neighboring seeds and positions are unrelated', () => {
    const n = 4000;
    const one = chosen(Array(n).fill(0), Array(n).fill(0), { rule: 'bradley-terry', seed: 1 });
    const two = chosen(Array(n).fill(0), Array(n).fill(0), { rule: 'bradley-terry', seed: 2 });
    const agreement = one.filter((value, index) => value === two[index]).length / n;
    expect(Math.abs(agreement - 0.5)).toBeLessThan(2 / Math.sqrt(n));
    const runs = one.filter((value, index) => value === one[index + 1]).length / n;
    expect(Math.abs(runs - 0.5)).toBeLessThan(2 / Math.sqrt(n));
  });

  test.each([
    ['different lengths', [1], [1, 2], {}, 'invalid-lengths'],
    ['NaN', [Number.NaN], [1], {}, 'invalid-value'],
    ['temperature 0', [1], [0], { temperature: 0 }, 'invalid-option'],
    ['noise above ½', [1], [0], { noise: 0.6 }, 'invalid-option'],
    ['an unknown rule', [1], [0], { rule: 'best' as 'mode' }, 'invalid-option'],
    ['an unknown fate of ties', [1], [0], { ties: 'keep' as 'drop' }, 'invalid-option'],
    ['an offset that is none', [1], [0], { offset: Number.NaN }, 'invalid-option'],
    ['half an offset', [1], [0], { offset: 0.5 }, 'invalid-option'],
    ['an offset below 0', [1], [0], { offset: -1 }, 'invalid-option'],
    ['half a seed', [1], [0], { seed: 0.5 }, 'invalid-option'],
  ])('refuses %s', (_, first, second, options, code) => {
    expect(() => labelPairs(first, second, options)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code }),
    );
  });
});
