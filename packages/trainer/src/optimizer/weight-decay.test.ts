import { architectures } from '@ais/language-model/families';
import { describe, expect, it } from 'vitest';
import { TrainerError } from '../errors.js';
import { decaysBy } from './weight-decay.js';

describe('decaysBy', () => {
  // `transformers` 5.24 decays exactly the matrices of each family.
  it.each([...architectures.values()])('decays matrices, not biases and norms: $modelType', (family) => {
    const size = { vocabularySize: 12, hiddenSize: 16, layerCount: 1, headCount: 2 };
    const parameters = [...family.parameters(family.complete(size))];
    const matrices = parameters.filter(({ shape }) => shape.length > 1);
    expect(parameters.filter(({ name }) => decaysBy()(name))).toEqual(matrices);
    expect(parameters.length).toBeGreaterThan(matrices.length);
    expect(decaysBy()(family.outputHead)).toBe(true);
  });

  it("decays a reward model's head, and not its bias", () => {
    expect(['score.weight', 'score.bias'].map(decaysBy())).toEqual([true, false]);
  });

  it('takes patterns of your own instead', () => {
    const names = ['layer.weight', 'layer.bias', 'embed.weight'];
    expect(names.map(decaysBy([]))).toEqual([true, true, true]);
    expect(names.map(decaysBy(['EMBED', 'bias$']))).toEqual([true, false, false]);
    expect(() => decaysBy(['('])).toThrow(TrainerError);
    expect(() => decaysBy(['('])).toThrow('"(" is not a regular expression');
  });

  it('ends a pattern that would take years', () => {
    const decays = decaysBy(['(a+)+$']);
    expect(() => decays(`${'a'.repeat(60)}.weight`)).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining('takes too long on aaa'),
      }),
    );
  });
});
