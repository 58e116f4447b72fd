import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/divergences.json' with { type: 'json' };
import { sequenceKl, sequenceSums, summarizeSums } from './sequence-kl.js';

describe('sequenceSums', () => {
  test('sums each sequence, the empty ones too', () => {
    expect(sequenceSums(Float32Array.of(1, 2, 3, 4), [1, 0, 3])).toEqual([1, 0, 9]);
  });

  test.each([
    ['too few lengths', [1, 2, 3], [2]],
    ['too many lengths', [1, 2, 3], [2, 2]],
    ['a negative length', [1], [-1, 2]],
    ['half a token', [1], [0.5, 0.5]],
  ])('refuses %s', (_, values, lengths) => {
    expect(() => sequenceSums(values, lengths)).toThrow(
      expect.objectContaining({ name: 'KlError', code: 'invalid-lengths' }),
    );
  });

  test('adding up loses nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: -1000, max: 1000 }))), (sequences) => {
        const sums = sequenceSums(
          sequences.flat(),
          sequences.map((sequence) => sequence.length),
        );
        expect(sums).toEqual(sequences.map((sequence) => sequence.reduce((sum, value) => sum + value, 0)));
      }),
    );
  });
});

describe('sequenceKl', () => {
  test('agrees with SciPy’s standard error of the mean', () => {
    const { tokenKls, lengths, mean, standardError } = fixture.sequences;
    const found = sequenceKl(tokenKls, lengths);
    expect(found.mean).toBeCloseTo(mean, 12);
    expect(found.standardError).toBeCloseTo(standardError, 12);
  });

  test('is the same from typed arrays, as tensors give them', () => {
    const [values, lengths] = [
      [0.5, 0.75, 1, 0.25],
      [2, 2],
    ];
    expect(sequenceKl(Float32Array.from(values), Int32Array.from(lengths))).toEqual(
      sequenceKl(values, lengths),
    );
    expect(summarizeSums(Float32Array.of(1.5, 1), 4)).toEqual(summarizeSums([1.5, 1], 4));
  });

  test('a known example', () => {
    const result = sequenceKl([1, 2, 3, 5], [2, 1, 1]);
    expect(result.sums).toEqual([3, 3, 5]);
    expect(result.mean).toBeCloseTo(11 / 3, 12);
    expect(result.standardError).toBeCloseTo(2 / 3, 12);
    expect(result.squareRoot).toBeCloseTo(Math.sqrt(11 / 3), 12);
    expect(result.squareRootStandardError).toBeCloseTo(2 / 3 / (2 * Math.sqrt(11 / 3)), 12);
    expect(result.perToken).toBe(11 / 4);
    expect([result.sequences, result.tokens]).toEqual([3, 4]);
  });

  test('does not claim an error for one sequence', () => {
    expect(sequenceKl([1, 2], [2]).standardError).toBeNaN();
  });

  test('an estimator below zero has the square root 0', () => {
    expect(summarizeSums([-1, 0.5], 2).squareRoot).toBe(0);
  });

  test('refuses an empty batch', () => {
    expect(() => sequenceKl([], [])).toThrow(/at least one sequence/);
  });

  test.each<unknown>([undefined, null, '2'])('refuses %j for a number, and names it', (value) => {
    for (const run of [
      () => sequenceKl([1, value as number, 3], [2, 1]),
      () => sequenceSums([1, value as number, 3], [2, 1]),
      () => summarizeSums([1, value as number], 2),
    ]) {
      expect(run).toThrow(/the value of (token|sequence) 1 must be a number, got/);
      expect(run).toThrow(expect.objectContaining({ name: 'KlError', code: 'invalid-value' }));
    }
    expect(sequenceKl([1, Number.NaN], [2]).mean).toBeNaN();
  });
});
