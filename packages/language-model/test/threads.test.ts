import { createHash } from 'node:crypto';
import { memoryReport, useBackend } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, expect, it } from 'vitest';
import { type Architecture, gptNeox, llama, mistral } from '../src/families.js';
import { createModel } from '../src/index.js';
import type { ActivationName } from '../src/kernels/fused-kernels.js';
import { linear, product, sumOfRows, transposedProduct } from '../src/kernels/matrix-products.js';
import { wasmFusedKernels } from '../src/kernels/wasm-fused-kernels.js';

/** Restarts WASM with the given number of threads; earlier tensors are lost. */
async function startWasm(threads: number): Promise<void> {
  const factory = tf.findBackendFactory('wasm');
  if (tf.findBackend('wasm')) {
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
  }
  await useBackend('wasm', { threads });
}
afterAll(() => startWasm(1));

const THREADS = [1, 2, 3, 4];

/** Checks that `compute` finds the same on each number of threads, to the last bit, and leaves no tensor. */
async function expectSameBits(compute: () => Promise<Found>): Promise<void> {
  let expected: Record<string, string> | undefined;
  for (const threads of THREADS) {
    await startWasm(threads);
    const { tensors } = memoryReport();
    const found: Record<string, string> = {};
    for (const [name, values] of Object.entries(await compute())) {
      if (!values.every(Number.isFinite)) throw new Error(`${name} is not finite`);
      found[name] = createHash('sha256').update(values).digest('hex');
    }
    expect(memoryReport().tensors).toBe(tensors);
    expected ??= found;
    expect(found, `${threads} threads`).toEqual(expected);
  }
}

type Found = Record<string, Float32Array>;

/** Numbers of tensors, of which it disposes. */
function read(tensors: Record<string, tf.Tensor>): Found {
  const found = Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]);
  tf.dispose(tensors);
  return Object.fromEntries(found) as Found;
}

const random = (seed: number, ...shape: [number, number]): tf.Tensor2D =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

it.each([
  [61, 67, 53],
  [13, 1030, 31],
  [130, 300, 7],
  [301, 12, 129],
  [64, 300, 260],
  [260, 0, 256],
])('products and sums of %d × %d and %d numbers', async (m, k, n) => {
  await expectSameBits(async () => {
    const [a, b, w, c] = [random(1, m, k), random(2, k, n), random(3, n, k), random(4, m, n)];
    const bias = tf.tidy(() => tf.reshape(random(5, 1, n), [n]) as tf.Tensor1D);
    const found = read({
      product: product(a, b),
      linear: linear(a, w, bias),
      transposed: transposedProduct(a, c),
      sums: sumOfRows(a),
    });
    // XNNPACK takes the terms of a sum in the same order, where there are any.
    const ofXnnpack = k > 0 ? tf.matMul(a, b) : tf.zeros([m, n]);
    expect(found['product']).toEqual(read({ product: ofXnnpack })['product']);
    tf.dispose([a, b, w, c, bias]);
    return found;
  });
});

it('norms, activations, gates, and exponentials', async () => {
  await expectSameBits(async () => {
    const [x, g, u] = [random(1, 801, 251), random(2, 801, 251), random(3, 801, 251)];
    const found: Found = {};
    const keep = (name: string, tensors: object): void => {
      for (const [part, values] of Object.entries(read(tensors as Record<string, tf.Tensor>))) {
        found[`${name}: ${part}`] = values;
      }
    };
    for (const centered of [true, false]) {
      const normalized = wasmFusedKernels.normalize(x, centered, 1e-5);
      keep(`gradient of the norm, ${centered}`, {
        input: wasmFusedKernels.normalizeGradient(g, normalized, centered),
      });
      keep(`norm, ${centered}`, normalized);
    }
    for (const activation of ['gelu', 'gelu-tanh', 'silu'] satisfies ActivationName[]) {
      keep(activation, {
        value: wasmFusedKernels.activate(x, activation),
        slope: wasmFusedKernels.activateGradient(g, x, activation),
        gated: wasmFusedKernels.gate(x, u, activation),
      });
      keep(
        `gradient of a gate, ${activation}`,
        tf.tidy(() => wasmFusedKernels.gateGradient(g, x, u, activation)),
      );
    }
    keep('exponentials', wasmFusedKernels.columnExponentials(x));
    tf.dispose([x, g, u]);
    return found;
  });
});

it.each([
  ['GPT-NeoX', gptNeox, { headCount: 3 }],
  ['Llama', llama, { headCount: 4, keyValueHeadCount: 2 }],
  ['Mistral', mistral, { headCount: 4, keyValueHeadCount: 1, slidingWindow: 24 }],
] as const)('log-probabilities, gradients, and generated tokens of %s', async (_, architecture, heads) => {
  const tokens = (seed: number, count: number): number[] =>
    Array.from({ length: count }, (__, index) => ((index + 3) * seed * 7919) % 301);
  const pairs = [61, 87, 44].map((length, index) => ({
    prompt: tokens(index + 1, length),
    chosen: tokens(index + 5, 21 - index),
    rejected: tokens(index + 9, 17 + index),
  }));
  await expectSameBits(async () => {
    const options = { vocabularySize: 301, hiddenSize: 48, layerCount: 2, intermediateSize: 100, ...heads };
    const model = createModel(options, { seed: 1, architecture: architecture as unknown as Architecture });
    const { value, grads } = tf.variableGrads(() => {
      const { chosen, rejected } = model.responseLogProbs(pairs);
      return tf.sum(tf.sub(tf.square(chosen), rejected)) as tf.Scalar;
    }, [...model.parameters.values()]);
    const found = read({
      value,
      ...Object.fromEntries(Object.values(grads).map((gradient, index) => [`gradient ${index}`, gradient])),
    });
    const prompts = pairs.map(({ prompt }) => prompt);
    const sampled = { maxNewTokens: 12, samples: 20, temperature: 1, seed: 1 };
    for (const { prompt, sample, tokens: response, logProbs } of await model.generate(prompts, sampled)) {
      found[`sample ${sample} of ${prompt}`] = Float32Array.of(...response, ...logProbs);
    }
    model.dispose();
    return found;
  });
});
