import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packRows } from '../batch/packed-rows.js';
import { branchedRow, plainRow, type TokenRow } from '../batch/token-rows.js';
import { gptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import {
  type AttentionGeometry,
  attention,
  attentionGradient,
  attentionTables,
  projectionWidth,
} from './attention.js';
import { packedAttention } from './batch-attention.js';

const part = (most: number): fc.Arbitrary<number[]> =>
  fc.integer({ min: 1, max: most }).map((length) => Array.from({ length }, (_, index) => 1 + index));
const row: fc.Arbitrary<TokenRow> = fc.oneof(
  part(90).map(plainRow),
  fc.tuple(part(50), part(40), part(40)).map((parts) => branchedRow(...parts)),
);
const geometry: fc.Arbitrary<AttentionGeometry> = fc
  .record({
    keyValueHeads: fc.integer({ min: 1, max: 3 }),
    group: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 0, max: 9 }),
    rest: fc.integer({ min: 1, max: 20 }),
    window: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    interleaved: fc.boolean(),
  })
  .map(({ keyValueHeads, group, half, rest, window, interleaved }) => ({
    heads: interleaved ? keyValueHeads : keyValueHeads * group,
    keyValueHeads,
    headSize: 2 * half + rest,
    layout: interleaved ? 'interleaved' : 'planar',
    scale: 0.3,
    rotary: half === 0 ? undefined : { dimensions: 2 * half, base: 100 },
    window,
  }));

const shape = gptNeoxConfiguration({ vocabularySize: 100, hiddenSize: 8, layerCount: 1, headCount: 1 });

/** What plain operations give for every row by itself. */
function rowByRow(
  rows: readonly TokenRow[],
  projections: readonly tf.Tensor2D[],
  gradients: readonly tf.Tensor2D[],
  one: AttentionGeometry,
): { readonly output: tf.Tensor2D; readonly input: tf.Tensor2D }[] {
  return rows.map((each, index) => {
    const [only] = packRows([each], shape).rectangles;
    const tables = attentionTables(only!, one);
    const { output, memory } = attention(projections[index]!, one, tables);
    return { output, input: attentionGradient(gradients[index]!, memory, one, tables) };
  });
}

it('gives packed rows what plain operations give each row by itself, and their gradients', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), geometry, fc.nat(), (rows, one, seed) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const packed = packRows(rows, shape);
        const total = packed.tokens.length;
        const projected = tf.randomNormal(
          [total, projectionWidth(one)],
          0,
          1,
          'float32',
          seed,
        ) as tf.Tensor2D;
        // Nothing reads padding, so no gradient comes from there.
        const isToken = tf.cast(tf.greater(tf.tensor2d(packed.tokens, [total, 1]), 0), 'float32');
        const gradient = tf.mul(
          tf.randomNormal([total, one.heads * one.headSize], 0, 1, 'float32', seed + 1),
          isToken,
        ) as tf.Tensor2D;
        const { forward, backward } = packedAttention(packed, one);
        const { output, memory } = forward(projected);
        const input = backward(gradient, memory);
        const rowOf = (x: tf.Tensor2D, index: number): tf.Tensor2D =>
          tf.slice(x, [packed.starts[index]!, 0], [rows[index]!.tokens.length, -1]);
        const expected = rowByRow(
          rows,
          rows.map((_, index) => rowOf(projected, index)),
          rows.map((_, index) => rowOf(gradient, index)),
          one,
        );
        for (const [index, each] of expected.entries()) {
          expect(furthest(rowOf(output, index), each.output)).toBeLessThan(2e-5);
          expect(furthest(rowOf(input, index), each.input)).toBeLessThan(1e-4);
        }
      });
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 60 },
  );
});

it('computes only what is read, and of that the same', () => {
  tf.tidy(() => {
    const rows = [plainRow([1, 2, 3, 4, 5, 6, 7]), branchedRow([1, 2, 3], [4, 5], [6, 7, 8])];
    const packed = packRows(rows, shape);
    const one: AttentionGeometry = {
      heads: 4,
      keyValueHeads: 2,
      headSize: 6,
      layout: 'planar',
      scale: 0.4,
      rotary: { dimensions: 4, base: 100 },
    };
    const indices = Int32Array.of(packed.starts[0]! + 6, packed.starts[1]! + 5).sort();
    const total = packed.tokens.length;
    const projected = tf.randomNormal([total, projectionWidth(one)], 0, 1, 'float32', 3) as tf.Tensor2D;
    const taken = (x: tf.Tensor2D): tf.Tensor2D => tf.gather(x, tf.tensor1d(indices, 'int32'));
    const all = packedAttention(packed, one);
    const some = packedAttention(packed, one, { indices, total });
    const [whole, less] = [all.forward(projected), some.forward(projected)];
    expect(furthest(taken(less.output), taken(whole.output))).toBeLessThan(1e-6);
    const gradient = tf.scatterND(
      tf.tensor2d(indices, [indices.length, 1], 'int32'),
      tf.ones([indices.length, 24]),
      [total, 24],
    ) as tf.Tensor2D;
    expect(furthest(some.backward(gradient, less.memory), all.backward(gradient, whole.memory))).toBeLessThan(
      1e-6,
    );
  });
});

function furthest(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] as number;
}
