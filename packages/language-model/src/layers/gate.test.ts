import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { activations } from './activation.js';
import { gated, gatedGradient } from './gate.js';

/** f and f′ in float64. */
const exact = {
  silu(h: number) {
    const s = 1 / (1 + Math.exp(-h));
    return { value: h * s, slope: s * (1 + (h * Math.exp(-h)) / (1 + Math.exp(-h))) };
  },
  'gelu-tanh'(h: number) {
    const root = Math.sqrt(2 / Math.PI);
    const tanh = Math.tanh(root * (h + 0.044715 * h ** 3));
    const slope = root * (1 + 3 * 0.044715 * h ** 2);
    return { value: (h / 2) * (1 + tanh), slope: (1 + tanh + h * (1 - tanh ** 2) * slope) / 2 };
  },
} as const;

// A number of them that is no multiple of four, and past where exp of them is 0 or ∞ in float32.
const inputs = Float32Array.from({ length: 803 }, (_, index) => (index - 401) / 10);
const factors = inputs.map((_, index) => Math.sin(index) + 1.5);
const gradients = inputs.map((_, index) => Math.cos(3 * index));
const near = (actual: number, expected: number): void =>
  expect(Math.abs(actual - expected)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected)));

describe.each(['silu', 'gelu-tanh'] as const)('%s', (name) => {
  const row = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, [1, values.length]);

  it('has its value and slope, alone and as a gate', () => {
    const before = tf.memory().numTensors;
    const results = tf.tidy(() => {
      const [h, up, gradient] = [row(inputs), row(factors), row(gradients)];
      const back = gatedGradient(gradient, h, up, name);
      return [
        activations[name].forward(h),
        activations[name].backward(gradient, h),
        gated(h, up, name),
        back.gate,
        back.up,
        back.output,
      ].map((tensor) => tensor.dataSync());
    }) as unknown as Float32Array[];
    const [values, slopes, products, ofGate, ofUp, again] = results;
    inputs.forEach((h, index) => {
      const { value, slope } = exact[name](h);
      const [up, gradient] = [factors[index]!, gradients[index]!];
      near(values![index]!, value);
      near(slopes![index]!, gradient * slope);
      near(products![index]!, value * up);
      near(ofGate![index]!, gradient * up * slope);
      near(ofUp![index]!, gradient * value);
      near(again![index]!, value * up);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
