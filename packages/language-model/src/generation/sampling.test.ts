import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleToken } from './sampling.js';

const distributions = fc
  .array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 })
  .filter((values) => values.some((value) => value > 1e-3))
  .map((values) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    return Float32Array.from(values, (value) => value / total);
  });
const uniforms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The nucleus by its definition: sort everything, add up until the mass is reached. */
function nucleus(probabilities: Float32Array, topK: number, topP: number): number[] {
  const sorted = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
  const kept = sorted.slice(0, topK);
  const total = kept.reduce((sum, token) => sum + probabilities[token]!, 0);
  let mass = 0;
  const last = kept.findIndex((token) => {
    mass += probabilities[token]!;
    return mass >= topP * total;
  });
  return last < 0 ? kept : kept.slice(0, last + 1);
}

describe('sampleToken', () => {
  it('inverts the distribution function', () => {
    fc.assert(
      fc.property(distributions, uniforms, (probabilities, uniform) => {
        const token = sampleToken(probabilities, { temperature: 1 }, uniform);
        const total = probabilities.reduce((sum, value) => sum + value, 0);
        const below = probabilities.slice(0, token).reduce((sum, value) => sum + value, 0);
        expect(probabilities[token]).toBeGreaterThan(0);
        expect(below).toBeLessThanOrEqual(uniform * total + 1e-6);
        expect(below + probabilities[token]!).toBeGreaterThanOrEqual(uniform * total - 1e-6);
      }),
    );
  });

  it('draws from the nucleus of top-k and top-p only, and from all of it', () => {
    fc.assert(
      fc.property(
        distributions,
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        uniforms,
        (probabilities, topK, topP, uniform) => {
          const allowed = nucleus(probabilities, topK, topP);
          const token = sampleToken(probabilities, { temperature: 1, topK, topP }, uniform);
          // Where the mass meets p exactly, rounding may decide either way: one token more is allowed.
          const wider = nucleus(probabilities, topK, Math.min(1, topP + 1e-6));
          expect(allowed.length === wider.length ? allowed : wider).toContain(token);
          const only = sampleToken(probabilities, { temperature: 1, topP }, uniform);
          expect(nucleus(probabilities, probabilities.length, Math.min(1, topP + 1e-6))).toContain(only);
        },
      ),
    );
  });

  it('keeps of tokens that tie at the limit those of the lowest numbers', () => {
    const probabilities = Float32Array.of(0.1, 0.3, 0.3, 0.3);
    const drawn = (options: object): Set<number> =>
      new Set(
        Array.from({ length: 100 }, (_, index) =>
          sampleToken(probabilities, { temperature: 1, ...options }, index / 100),
        ),
      );
    expect(drawn({ topK: 2 })).toEqual(new Set([1, 2]));
    expect(drawn({ topP: 0.5 })).toEqual(new Set([1, 2]));
    expect(drawn({ topK: 3, topP: 0.3 })).toEqual(new Set([1]));
  });

  it('takes the most probable token where k is 1', () => {
    expect(sampleToken(Float32Array.of(0.2, 0.5, 0.3), { temperature: 1, topK: 1 }, 0.99)).toBe(1);
  });

  it('never leaves the vocabulary, whatever rounding does to the sum', () => {
    const probabilities = Float32Array.from({ length: 1000 }, () => 0.001);
    expect(sampleToken(probabilities, { temperature: 1 }, 1 - 2 ** -53)).toBe(999);
    expect(sampleToken(Float32Array.of(1, 0), { temperature: 1 }, 1 - 2 ** -53)).toBe(0);
  });
});
