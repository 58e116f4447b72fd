import * as tf from '@tensorflow/tfjs-core';
import type { ModelShape } from '../model-shape.js';

/** cos and sin of each position's angles. */
export interface RotaryTable {
  /** [positions, rotary dimensions / 2], row-major. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** Angles a position: half the rotary dimensions. */
  readonly half: number;
}

/** How many dimensions of each head the rotary embedding turns: ⌊fraction · head size⌋. */
export function rotaryDimensions({
  rotaryFraction,
  hiddenSize,
  headCount,
}: Pick<ModelShape, 'rotaryFraction' | 'hiddenSize' | 'headCount'>): number {
  return Math.floor((rotaryFraction * hiddenSize) / headCount);
}

/**
 * The angles position · base^(−2i/r), i < r/2, that dimensions i and i + r/2 of a head are turned by.
 *
 * The frequencies are rounded to float32 and so is their product with the position, as `transformers` does.
 *
 * @see https://arxiv.org/abs/2104.09864 equation 34, in the half-split layout of GPT-NeoX
 */
export function rotaryTable(positions: Int32Array, shape: ModelShape): RotaryTable {
  const dimensions = rotaryDimensions(shape);
  const half = dimensions / 2;
  const frequencies = Float32Array.from(
    { length: half },
    (_, index) => 1 / Math.fround(shape.rotaryBase ** ((2 * index) / dimensions)),
  );
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(positions.length * half);
  positions.forEach((position, row) => {
    frequencies.forEach((frequency, index) => {
      const angle = Math.fround(position * frequency);
      cos[row * half + index] = Math.cos(angle);
      sin[row * half + index] = Math.sin(angle);
    });
  });
  return { cos, sin, half };
}

/** The same as tensors that broadcast against [batch, heads, time, half]. */
export interface RotaryTensors {
  readonly cos: tf.Tensor4D;
  readonly sin: tf.Tensor4D;
  readonly half: number;
}

/**
 * Turns the first 2·half dimensions of each head, [batch, heads, time, head size]:
 * (a, b) ↦ (a·cos − b·sin, b·cos + a·sin). With `direction` −1 it turns back, which is also its gradient.
 */
export function rotate(x: tf.Tensor4D, table: RotaryTensors, direction: 1 | -1 = 1): tf.Tensor4D {
  if (table.half === 0) return tf.clone(x);
  return tf.tidy(() => {
    const { cos, half } = table;
    const sin = direction === 1 ? table.sin : tf.neg(table.sin);
    const [batch, heads, time, size] = x.shape;
    const part = (from: number, length: number): tf.Tensor4D =>
      tf.slice(x, [0, 0, 0, from], [batch, heads, time, length]);
    const a = part(0, half);
    const b = part(half, half);
    const turned = [tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))];
    const rest = size > 2 * half ? [part(2 * half, size - 2 * half)] : [];
    return tf.concat([...turned, ...rest], 3) as tf.Tensor4D;
  });
}
