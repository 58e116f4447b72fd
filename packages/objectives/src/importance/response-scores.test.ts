import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import { clippedTokens, keptByFilter, tokenScores } from './response-scores.js';

const batch = () => ({
  ...pairBatch({ policyChosen: [-3, -5], policyRejected: [-1, -1] }),
  policyChosenTokens: tf.tensor1d([-1, -2, -5]),
  referenceChosenTokens: tf.tensor1d([-3, -1, -2]),
  policyRejectedTokens: tf.tensor1d([-1, -1]),
  referenceRejectedTokens: tf.tensor1d([-1.5, -2]),
  chosenTokenRow: tf.tensor1d([0, 0, 1], 'int32'),
  rejectedTokenRow: tf.tensor1d([0, 1], 'int32'),
});

it('takes log-ratios to the reference, or to the behavior policy where there is one', () => {
  expect(numbers(tokenScores('mine', batch(), 'chosen').scores)).toEqual([2, -1, -3]);
  expect(numbers(tokenScores('mine', batch(), 'rejected').scores)).toEqual([0.5, 1]);
  const behavior = {
    ...batch(),
    behaviorChosenTokens: tf.tensor1d([-1, -1, -1]),
    behaviorRejectedTokens: tf.tensor1d([0, 0]),
  };
  expect(numbers(tokenScores('mine', behavior, 'chosen').scores)).toEqual([0, -1, -4]);
  expect(numbers(tokenScores('mine', behavior, 'rejected').scores)).toEqual([-1, -1]);
});

it('has gradients into the policy alone', () => {
  const given = batch();
  const gradient = (field: 'policyChosenTokens' | 'referenceChosenTokens') =>
    numbers(
      tf.grad((x: tf.Tensor) => {
        const of = { ...given, [field]: x as tf.Tensor1D };
        return tf.sum(tf.mul(tokenScores('mine', of, 'chosen').scores, tf.add(1, tf.mul(0, x))));
      })(given[field]),
    );
  expect(gradient('policyChosenTokens')).toEqual([1, 1, 1]);
  expect(gradient('referenceChosenTokens')).toEqual([0, 0, 0]);
});

it('wants the behavior policy’s tokens wherever its sums are', () => {
  for (const side of ['Chosen', 'Rejected']) {
    const given = { ...batch(), [`behavior${side}`]: tf.tensor1d([-1, -1]) };
    expect(() => tokenScores('mine', given, side.toLowerCase() as 'chosen')).toThrow(
      `@ais/objectives: mine: behavior${side}Tokens is missing from the batch; weights that read tokens compare with those of the ` +
        `behavior policy wherever behavior${side} is given.`,
    );
  }
});

it('keeps pairs whose mean log-ratios are both within bounds', () => {
  const score = (values: number[]) => ({ score: tf.tensor1d(values), length: tf.tensor1d([2, 2, 4]) });
  const kept = keptByFilter([score([2, 4, 4]), score([-2, 0, -12])], { lower: -2, upper: 1.5 });
  expect(numbers(kept)).toEqual([1, 0, 0]);
});

it('counts tokens out of bounds over those of both responses', () => {
  const given = batch();
  const sides = [tokenScores('mine', given, 'chosen'), tokenScores('mine', given, 'rejected')];
  const lengths = [tf.tensor1d([2, 1]), tf.tensor1d([1, 1])];
  expect(numbers(clippedTokens(sides, lengths, { upper: 0.75 }))).toEqual([
    expect.closeTo(1 / 3, 6),
    expect.closeTo(1 / 2, 6),
  ]);
  const gradient = tf.grad((length: tf.Tensor) =>
    tf.sum(clippedTokens(sides, [length as tf.Tensor1D, length as tf.Tensor1D], { upper: 0.75 })),
  );
  expect(numbers(gradient(tf.tensor1d([2, 1])))).toEqual([0, 0]);
});
