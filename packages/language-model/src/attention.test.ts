import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { attention, attentionGradient, attentionTables, HIDDEN, splitHeads } from './attention.js';
import { gptNeoxConfiguration } from './configuration.js';
import { branchedRow, padRows, plainRow } from './token-rows.js';

const configuration = gptNeoxConfiguration({
  vocabularySize: 7,
  hiddenSize: 12,
  layerCount: 1,
  headCount: 2,
  rotaryFraction: 1,
});
const tokens = (length: number): number[] => new Array<number>(length).fill(1);
const rows = {
  'one range of queries': padRows([branchedRow(tokens(3), tokens(4), tokens(5)), plainRow(tokens(9))]),
  'several ranges, plain': padRows([plainRow(tokens(350)), plainRow(tokens(20))]),
  'several ranges, branches across them': padRows([
    branchedRow(tokens(150), tokens(90), tokens(100)),
    branchedRow(tokens(4), tokens(300), tokens(17)),
  ]),
};

describe.each(Object.entries(rows))('attention over %s', (_, batch) => {
  const shape = { batch: batch.batch, time: batch.time, heads: configuration.headCount };

  /** The same with one mask over all scores, so that TensorFlow.js can differentiate it. */
  const whole = (projected: tf.Tensor2D): tf.Tensor2D => {
    const { rotary } = attentionTables(batch, configuration);
    const { query, key, value } = splitHeads(projected, shape, rotary);
    const mask = tf.buffer<tf.Rank.R4>([batch.batch, 1, batch.time, batch.time]);
    batch.rows.forEach(({ branchFrom, branchTo }, row) => {
      for (let q = 0; q < batch.time; q++) {
        for (let k = 0; k < batch.time; k++) {
          const otherBranch = q >= branchTo && k >= branchFrom && k < branchTo;
          if (k > q || otherBranch) mask.set(HIDDEN, row, 0, q, k);
        }
      }
    });
    const probabilities = tf.softmax(tf.add(tf.matMul(query, key, false, true), mask.toTensor()));
    const mixed = tf.transpose(tf.matMul(probabilities, value), [0, 2, 1, 3]);
    return tf.reshape(mixed, [batch.batch * batch.time, configuration.hiddenSize]);
  };

  it('equals that with every score, and so does its gradient', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const projected: tf.Tensor2D = tf.randomNormal([batch.tokens.length, 36], 0, 1, 'float32', 5);
      const gradient: tf.Tensor2D = tf.randomNormal([batch.tokens.length, 12], 0, 1, 'float32', 6);
      const tables = attentionTables(batch, configuration);
      const { output, memory } = attention(projected, shape, tables);
      const back = attentionGradient(gradient, memory, shape, tables);
      const expected = tf.grad((x) => whole(x as tf.Tensor2D))(projected, gradient);
      const worst = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
      expect(worst(output, whole(projected))).toBeLessThan(1e-5);
      expect(worst(back, expected)).toBeLessThan(1e-4);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
