import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { defaultMemoryBudget, memoryBudgetOf } from './memory-budget.js';

it('keeps 512 MiB, and on native TensorFlow 1 GiB and 8 bytes for each frozen weight', () => {
  const native = tf.getBackend() === 'tensorflow';
  const base = native ? 2 ** 30 : 2 ** 29;
  expect(defaultMemoryBudget(0)).toBe(base);
  const [frozen, trained] = [tf.variable(tf.zeros([2, 3]), false), tf.variable(tf.zeros([5]))];
  const parameters = new Map([
    ['frozen', frozen],
    ['trained', trained],
  ]);
  expect(memoryBudgetOf({ parameters })).toBe(base + (native ? 8 * 6 : 0));
  expect(memoryBudgetOf({ parameters, memoryBudget: 0 })).toBe(0);
  tf.dispose([frozen, trained]);
});
