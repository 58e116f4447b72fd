import { expect, it } from 'vitest';
import { parameterNames, storedNames } from './stored-names.js';

const family = { prefix: 'transformer.', outputHead: 'lm_head.weight' };

it.each([
  ['with the prefix', 'transformer.wte.weight', 'transformer.h.0.ln_1.weight'],
  ['of the bare model, without it', 'wte.weight', 'h.0.ln_1.weight'],
])('a checkpoint has tensors %s', (_, embedding, norm) => {
  const tensors = [embedding, norm, 'lm_head.weight'];
  const parameters = ['transformer.wte.weight', 'transformer.h.0.ln_1.weight', 'lm_head.weight'];
  expect(parameters.map(storedNames(tensors, family))).toEqual(tensors);
  expect(tensors.map(parameterNames(tensors, family))).toEqual(parameters);
});

it('a family may have no prefix', () => {
  const { outputHead } = family;
  expect(storedNames(['wte.weight'], {})('wte.weight')).toBe('wte.weight');
  expect(parameterNames(['wte.weight'], { outputHead })('wte.weight')).toBe('wte.weight');
});
