import { type Architecture, gptNeox } from '@ais/language-model/families';
import { describe, expect, it } from 'vitest';
import { preferenceBatch } from './preference-batch.js';
import { preferenceOperations } from './preference-operations.js';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('preferenceBatch', () => {
  it.each([4, 64])('has the mean lengths asked for with %i pairs', (pairs) => {
    const batch = preferenceBatch({ pairs, vocabularySize: 1000, seed: 3 });
    expect(mean(batch.map(({ prompt }) => prompt.length))).toBeCloseTo(360, -1);
    expect(mean(batch.map(({ chosen }) => chosen.length))).toBeCloseTo(40, 0);
    expect(Math.max(...batch.map(({ prompt }) => prompt.length))).toBeLessThanOrEqual(512);
    expect(new Set(batch.map(({ prompt }) => prompt.length)).size).toBeGreaterThan(pairs / 2);
  });

  it('ends every response with end-of-text, which is nowhere else', () => {
    for (const { prompt, chosen, rejected } of preferenceBatch({ pairs: 9, vocabularySize: 5, seed: 1 })) {
      expect(prompt).not.toContain(0);
      for (const response of [chosen, rejected]) expect(response.indexOf(0)).toBe(response.length - 1);
      expect(Math.max(...prompt)).toBeLessThan(5);
    }
  });

  it('depends on the seed alone', () => {
    const options = { pairs: 4, vocabularySize: 1000, seed: 1 };
    expect(preferenceBatch(options)).toEqual(preferenceBatch(options));
    expect(preferenceBatch(options)).not.toEqual(preferenceBatch({ ...options, seed: 2 }));
  });
});

describe('preferenceOperations', () => {
  it('counts products of a tiny step as by hand', () => {
    // Width 2, one layer, MLP of 8, 3 words; prompt 2, responses 1 and 2 tokens: 5 tokens in all.
    // Dense, per token: attention 4·2·2, MLP 2·2·8. Visible keys: 1 + 2, then 3, then 3 + 4 of the second response.
    const dense = 5 * (16 + 32);
    const attention = 2 * (1 + 2 + 3 + (3 + 4)) * 2;
    const head = 3 * 2 * 3;
    const options = { hiddenSize: 2, layerCount: 1, vocabularySize: 3, headCount: 1, rotaryFraction: 1 };
    const architecture = gptNeox as unknown as Architecture;
    const model = { architecture, configuration: gptNeox.complete(options) };
    const pairs = [{ prompt: [1, 1], chosen: [0], rejected: [1, 0] }];
    expect(preferenceOperations(model, pairs)).toBe(3 * 2 * (dense + attention + head));
    expect(preferenceOperations(model, pairs, { frozen: true })).toBe(
      2 * (2 * (dense + head) + 3 * attention),
    );
  });
});
