import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { allOrNone } from './memory.js';

it('frees what was made when one cannot be made', () => {
  const before = tf.memory().numTensors;
  const make = (size: number): { part: tf.Tensor } => {
    if (size > 2) throw new Error('no memory');
    return { part: tf.zeros([size]) };
  };
  expect(() => allOrNone([1, 2, 3], make)).toThrow('no memory');
  expect(tf.memory().numTensors).toBe(before);
  const made = allOrNone([1, 2], make);
  expect(made.map(({ part }) => part.size)).toEqual([1, 2]);
  tf.dispose(made.map(({ part }) => part));
});
