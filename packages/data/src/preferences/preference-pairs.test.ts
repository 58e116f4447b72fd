import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { preferencePairs, type ScoredResponse } from './preference-pairs.js';

const options = { endOfTextToken: 0 };
const prompts = [
  { id: 'a', prompt: [5, 6] },
  { id: 'b', prompt: [7] },
];
const response = (prompt: number, tokens: number[], score: number): ScoredResponse => ({
  prompt,
  tokens,
  score,
});

describe('preferencePairs', () => {
  it('puts the higher score first, whatever the order of arrival', () => {
    const { pairs, counts } = preferencePairs(
      prompts,
      [response(1, [9, 0], 0.5), response(0, [8, 0], -0.5), response(0, [9, 0], 1.5), response(1, [8], -1)],
      options,
    );
    expect(pairs).toEqual([
      {
        id: 'a',
        prompt: [5, 6],
        chosen: [9, 0],
        rejected: [8, 0],
        chosenScore: 1.5,
        rejectedScore: -0.5,
        margin: 2,
      },
      {
        id: 'b',
        prompt: [7],
        chosen: [9, 0],
        rejected: [8],
        chosenScore: 0.5,
        rejectedScore: -1,
        margin: 1.5,
      },
    ]);
    expect(counts).toEqual({ prompts: 2, pairs: 2, identical: 0, empty: 0, tied: 0, unfinished: 1 });
  });

  it('accounts for every prompt', () => {
    const tokens = fc.array(fc.constantFrom(1, 2), { maxLength: 2 }).map((list) => [...list, 0]);
    const scored = fc.tuple(tokens, tokens, fc.constantFrom(0, 1), fc.constantFrom(0, 1));
    fc.assert(
      fc.property(fc.array(scored), (list) => {
        const { pairs, counts } = preferencePairs(
          list.map((_, index) => ({ id: String(index), prompt: [index] })),
          list.flatMap(([first, second, a, b], index) => [
            response(index, first, a),
            response(index, second, b),
          ]),
          options,
        );
        expect(counts.pairs + counts.identical + counts.empty + counts.tied).toBe(list.length);
        expect(counts.pairs).toBe(pairs.length);
        for (const { chosen, rejected, margin, chosenScore, rejectedScore } of pairs) {
          expect(margin).toBeGreaterThan(0);
          expect(margin).toBe(chosenScore - rejectedScore);
          expect(chosen).not.toEqual(rejected);
          expect(Math.min(chosen.length, rejected.length)).toBeGreaterThan(1);
        }
      }),
    );
  });

  it('counts identical, empty and tied responses, white space as empty where it can be decoded', () => {
    const count = (first: number[], second: number[], decode?: () => string) =>
      preferencePairs(
        [{ id: 'a', prompt: [1] }],
        [response(0, first, 1), response(0, second, first.length === 3 ? 1 : 2)],
        decode ? { ...options, decode } : options,
      ).counts;
    expect(count([4, 0], [4, 0])).toMatchObject({ identical: 1, pairs: 0 });
    expect(count([4, 0], [0])).toMatchObject({ empty: 1, pairs: 0 });
    expect(count([4, 0], [])).toMatchObject({ empty: 1, pairs: 0 });
    expect(count([4, 0], [5, 0], () => ' \n')).toMatchObject({ empty: 1, pairs: 0 });
    expect(count([4, 4, 0], [5, 0])).toMatchObject({ tied: 1, pairs: 0 });
  });

  it.each([
    [
      'a score that is not a number',
      [response(0, [1, 0], Number.NaN), response(0, [2, 0], 1)],
      'invalid-score',
    ],
    ['one response', [response(0, [1, 0], 1)], 'invalid-option'],
    ['three responses', [1, 2, 3].map((token) => response(0, [token, 0], token)), 'invalid-option'],
    ['a response without a prompt', [response(1, [1, 0], 1)], 'invalid-option'],
  ])('refuses %s', (_, responses, code) => {
    expect(() => preferencePairs([{ id: 'a', prompt: [1] }], responses, options)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
