import { createModel } from '@ais/language-model';
import { expect, it } from 'vitest';
import { parameterCount } from './estimate-run.js';

it.each([
  { vocabularySize: 24, layerCount: 1, hiddenSize: 16 },
  { vocabularySize: 40, layerCount: 3, hiddenSize: 8 },
])('counts the parameters of a model before it is made: %j', (shape) => {
  const model = createModel({ ...shape, headCount: 1, rotaryFraction: 0.5 }, { seed: 1 });
  const count = [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0);
  model.dispose();
  expect(parameterCount(shape)).toBe(count);
});
