import * as tf from '@tensorflow/tfjs-core';

/** How the frequencies change so that a model reads longer texts than it was first trained on. */
export type RotaryScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | {
      /** Llama 3.1's: long waves are slowed down, short ones stay, those between are interpolated. */
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** Positions that the model was first trained on. */
      readonly originalMaxPositions: number;
    };

/** A rotary embedding. */
export interface RotaryPlan {
  /** Dimensions of each head that are turned: the first ones, an even number. */
  readonly dimensions: number;
  readonly base: number;
  readonly scaling?: RotaryScaling | undefined;
}

/** cos and sin of each position's angles. */
export interface RotaryTable {
  /** [positions, rotary dimensions / 2], row-major. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** Angles a position: half the rotary dimensions. */
  readonly half: number;
}

/**
 * The angles position · base^(−2i/r), i < r/2, that dimensions i and i + r/2 of a head are turned by.
 *
 * The frequencies are rounded to float32 and so is their product with the position, as `transformers` does.
 *
 * @param plan no angles without one
 * @see https://arxiv.org/abs/2104.09864 equation 34, in the half-split layout
 */
export function rotaryTable(positions: Int32Array, plan: RotaryPlan | undefined): RotaryTable {
  const { dimensions, base, scaling } = plan ?? { dimensions: 0, base: 1 };
  const half = dimensions / 2;
  const frequencies = scaled(
    Float32Array.from({ length: half }, (_, index) => 1 / Math.fround(base ** ((2 * index) / dimensions))),
    scaling,
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

/** @see `transformers.modeling_rope_utils` */
function scaled(frequencies: Float32Array, scaling: RotaryScaling | undefined): Float32Array {
  if (scaling === undefined) return frequencies;
  const { factor } = scaling;
  if (scaling.type === 'linear') return frequencies.map((frequency) => frequency / factor);
  const { lowFrequencyFactor, highFrequencyFactor, originalMaxPositions } = scaling;
  return frequencies.map((frequency) => {
    const turns = (originalMaxPositions * frequency) / (2 * Math.PI);
    if (turns < lowFrequencyFactor) return frequency / factor;
    if (turns > highFrequencyFactor) return frequency;
    const smooth = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
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
