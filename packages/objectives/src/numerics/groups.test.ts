import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { countOthers, groupAdvantages, groupSums, leaveOneOut } from './groups.js';

const group = tf.tensor1d([1, 2, 1, 3, 1]);
const values = tf.tensor1d([1, 5, 2, 7, 6]);
const close = (list: number[]) => list.map((value) => expect.closeTo(value, 4));

it('compares each value with the others of its group', () => {
  expect(numbers(countOthers(group))).toEqual([2, 0, 2, 0, 2]);
  expect(numbers(groupSums(values, group))).toEqual([9, 5, 9, 7, 9]);
  expect(numbers(leaveOneOut(values, group))).toEqual([-3, 0, -1.5, 0, 4.5]);
  expect(numbers(groupAdvantages(values, group, false))).toEqual(close([-2, 0, -1, 0, 3]));
});

it('divides by the standard deviation of a sample, plus 1e-4', () => {
  const deviation = Math.sqrt((4 + 1 + 9) / 2) + 1e-4;
  expect(numbers(groupAdvantages(values, group, true))).toEqual(
    close([-2 / deviation, 0, -1 / deviation, 0, 3 / deviation]),
  );
  expect(numbers(groupAdvantages(tf.tensor1d([3, 3]), tf.tensor1d([0, 0]), true))).toEqual([0, 0]);
});

it('keeps a value that is not finite to its group', () => {
  const infinite = tf.tensor1d([1, Number.POSITIVE_INFINITY, 2, 7, 6]);
  expect(numbers(groupSums(infinite, group))).toEqual([9, Number.POSITIVE_INFINITY, 9, 7, 9]);
  for (const scale of [true, false]) {
    const kept = numbers(groupAdvantages(values, group, scale));
    const beside = numbers(groupAdvantages(infinite, group, scale));
    for (const row of [0, 2, 3, 4]) expect(beside[row]).toBe(kept[row]);
  }
  const others = numbers(leaveOneOut(infinite, group));
  expect([0, 2, 3, 4].map((row) => others[row])).toEqual([-3, -1.5, 0, 4.5]);
});
