import { createRandom, type Random } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { chooseTokens } from './choose-tokens.js';

// More than one stretch of numbers that are summed apart, and no whole number of vectors.
const VOCABULARY = 2501;
const ROWS = 3;
const logits = Float32Array.from({ length: ROWS * VOCABULARY }, (_, index) => 4 * Math.sin(index ** 1.3));
const rowOf = (row: number): Float32Array => logits.subarray(row * VOCABULARY, (row + 1) * VOCABULARY);

/** A stream that draws one number again and again. */
const always = (value: number): Random => ({ uniform: () => value }) as Random;

async function choose(streams: (Random | undefined)[], temperature: number, values = logits) {
  const before = tf.memory().numTensors;
  const tensor = tf.tensor2d(values, [streams.length, VOCABULARY]);
  const choices = await chooseTokens(tensor, streams, { temperature });
  tensor.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return choices;
}

function logProb(row: number, token: number): number {
  const values = rowOf(row);
  return values[token]! - Math.log(values.reduce((sum, z) => sum + Math.exp(z), 0));
}

it('takes the most probable token, the first of equals, with its log-probability', async () => {
  const equal = logits.slice();
  equal.set([9, 9], 1100);
  const { tokens, logProbs } = await choose([always(0), always(0), always(0)], 0, equal);
  expect(tokens[0]).toBe(1100);
  for (const row of [1, 2]) {
    expect(tokens[row]).toBe(rowOf(row).indexOf(Math.max(...rowOf(row))));
    expect(logProbs[row]).toBeCloseTo(logProb(row, tokens[row]!), 5);
  }
});

it.each([0.3, 1, 1.7])('inverts the distribution function at temperature %d', async (temperature) => {
  for (const draw of [0, 1e-6, 0.1, 0.4999, 0.83, 0.999, 1 - 2 ** -53]) {
    const { tokens, logProbs } = await choose([always(draw), always(draw), always(draw)], temperature);
    for (let row = 0; row < ROWS; row++) {
      const terms = Array.from(rowOf(row), (z) => Math.exp(z / temperature));
      const total = terms.reduce((sum, term) => sum + term, 0);
      const token = tokens[row]!;
      const below = terms.slice(0, token).reduce((sum, term) => sum + term, 0) / total;
      expect(below).toBeLessThan(draw + 1e-5);
      expect(below + terms[token]! / total).toBeGreaterThan(draw - 1e-5);
      expect(logProbs[row]).toBeCloseTo(logProb(row, token), 4);
    }
  }
});

it('draws once for each row that has a stream', async () => {
  const [first, last] = [createRandom(1, 'a'), createRandom(1, 'b')];
  await choose([first, undefined, last], 1);
  expect(first.uniform()).toBe(
    [createRandom(1, 'a')].map((again) => [again.uniform(), again.uniform()][1])[0],
  );
  expect(last.uniform()).toBe(
    [createRandom(1, 'b')].map((again) => [again.uniform(), again.uniform()][1])[0],
  );
});

it.each([0, 1])(
  'gives NaN for a row with a logit that is not finite, at temperature %d',
  async (temperature) => {
    const broken = logits.slice();
    broken[1200] = Number.NaN;
    broken[VOCABULARY + 7] = Number.POSITIVE_INFINITY;
    const { logProbs } = await choose([always(0.5), always(0.5), always(0.5)], temperature, broken);
    expect([...logProbs].map(Number.isFinite)).toEqual([false, false, true]);
  },
);
