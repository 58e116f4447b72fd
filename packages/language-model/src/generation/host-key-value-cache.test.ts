import { createRandom } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type AttentionGeometry, projectionWidth } from '../layers/attention.js';
import { HostKeyValueCache } from './host-key-value-cache.js';
import { type KeysAndValues, type KeyValueCache, TensorKeyValueCache } from './key-value-cache.js';

const planar = { heads: 4, headSize: 6, layout: 'planar', scale: 0.4 } as const;
const geometries: Readonly<Record<string, AttentionGeometry>> = {
  'grouped queries, rotary': { ...planar, keyValueHeads: 2, rotary: { dimensions: 6, base: 100 } },
  'a window, part of each head rotary': {
    ...planar,
    keyValueHeads: 1,
    rotary: { dimensions: 4, base: 100 },
    window: 3,
  },
  'interleaved, without rotary': { ...planar, keyValueHeads: 4, layout: 'interleaved' },
};

const promptLengths = [5, 2, 4];
const longest = Math.max(...promptLengths);
const newTokens = 4;

describe('gives the attention that the cache of tensors gives', () => {
  test.each(Object.entries(geometries))('%s', (_, geometry) => {
    const before = tf.memory().numTensors;
    const random = createRandom(7, 'host-cache');
    const normal = (count: number): Float32Array =>
      Float32Array.from({ length: count }, () => random.normal());
    const { keyValueHeads, headSize } = geometry;
    const shape: [number, number, number, number] = [promptLengths.length, keyValueHeads, longest, headSize];
    const blocks = [0, 1].map(() => {
      const [keys, values] = [normal(tf.util.sizeFromShape(shape)), normal(tf.util.sizeFromShape(shape))];
      return (): KeysAndValues => ({ keys: tf.tensor4d(keys, shape), values: tf.tensor4d(values, shape) });
    });
    const lengths = Int32Array.from(promptLengths);
    const both: [KeyValueCache, KeyValueCache] = [
      new TensorKeyValueCache(
        [geometry, geometry],
        blocks.map((make) => make()),
        lengths,
      ),
      new HostKeyValueCache(
        [geometry, geometry],
        blocks.map((make) => make()),
        lengths,
        longest + newTokens,
      ),
    ];
    const compareStep = (): void => {
      const projected = [0, 1].map(() => normal(both[0].rows * projectionWidth(geometry)));
      const [expected, actual] = both.map((cache) => {
        const outputs: Float32Array[] = [];
        const memories = tf.tidy(() => {
          const attentions = cache.step();
          return attentions.map(({ forward }, block) => {
            const { output, memory } = forward(
              tf.tensor2d(projected[block]!, [cache.rows, projectionWidth(geometry)]),
            );
            outputs.push(output.dataSync() as Float32Array);
            return memory as tf.TensorContainer;
          });
        });
        cache.appended(memories as readonly unknown[]);
        return outputs.flatMap((values) => [...values]);
      });
      expect(both[1].positions()).toEqual(both[0].positions());
      expect(actual).toHaveLength(expected!.length);
      for (const [index, value] of actual!.entries()) expect(value).toBeCloseTo(expected![index]!, 5);
    };
    compareStep();
    compareStep();
    for (const cache of both) cache.select(Int32Array.of(2, 0, 0));
    compareStep();
    for (const cache of both) cache.select(Int32Array.of(1));
    compareStep();
    for (const cache of both) cache.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
