import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeValue, isPromise } from './describe-value.js';

it.each<[unknown, string]>([
  [undefined, 'nothing'],
  [null, 'null'],
  [[1], 'an array'],
  [new Float32Array(1), 'a Float32Array'],
  [Promise.resolve(1), 'a Promise'],
  [0.5, 'the number 0.5'],
  ['1', 'a string'],
  [() => 1, 'a function'],
  [{}, 'an object'],
  [true, 'true'],
])('%s is %s', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

it('tells tensors and promises', () => {
  expect(describeValue(tf.tensor1d([1, 2]))).toBe('a tensor of type float32 and shape [2]');
  expect(isPromise(Promise.resolve())).toBe(true);
  expect(isPromise({ when: 1 })).toBe(false);
});
