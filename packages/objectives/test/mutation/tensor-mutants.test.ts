import { expect, it } from 'vitest';
import { tensorMutants } from './tensor-mutants.js';

const slips = (text: string): string[] => tensorMutants(text).map(({ is }) => is);

it('breaks signs, differences, factors, means, bounds and gradients', () => {
  expect(slips('tf.neg(x)')).toEqual(['x']);
  expect(slips('tf.sub<Tensor1D>(a, b)')).toEqual(['tf.add(a, b)', 'tf.sub(b, a)']);
  expect(slips('tf.mul(a, b)')).toEqual(['tf.mul(1, b)', 'tf.mul(a, 1)']);
  expect(slips('tf.mean(a)')).toEqual(['tf.sum(a)']);
  expect(slips('tf.minimum(a, b)')).toEqual(['tf.maximum(a, b)', 'a']);
  expect(slips('detach(a)')).toEqual(['a']);
});

it('leaves factors out, but never all that has a shape, and doubles numbers', () => {
  expect(slips('tf.mul(0.5, x)')).toEqual(['tf.mul(1, x)', '1']);
  expect(slips('tf.div(1, length)')).toEqual(['tf.mul(1, length)', '2']);
  expect(slips('tf.reshape(x, [2, 1])')).toEqual([]);
  expect(slips('const { eta = 0.005, delta = 0 } = options;')).toEqual(['0.01', '1']);
});

it('does not turn around what is squared', () => {
  expect(slips('tf.square(tf.sub(a, b))')).toEqual(['tf.sub(a, b)', 'tf.add(a, b)']);
});

it('takes one response for the other where both are in scope', () => {
  const text = '({ chosen, rejected }, batch) => f(chosen, batch.rejectedLength)';
  expect(slips(text)).toEqual(['rejected', 'batch.chosenLength']);
  expect(slips('({ chosen }) => f(chosen)')).toEqual([]);
  expect(slips('({ alphaChosen, alphaRejected }) => ({ alphaChosen })')).toEqual([
    'alphaChosen: alphaRejected',
  ]);
});

it('gives the whole file with one slip, and its line', () => {
  const [mutant] = tensorMutants('const a = 1;\nconst b = tf.neg(a);').slice(1);
  expect(mutant).toEqual({ line: 2, was: 'tf.neg(a)', is: 'a', text: 'const a = 1;\nconst b = a;' });
});
