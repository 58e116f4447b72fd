import { hasNativeKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { architectures } from '../families/registry.js';
import { createModel } from '../model/create-model.js';

it('frees what it kept of a block when that block’s gradients are there', async () => {
  const configuration = { vocabularySize: 8, hiddenSize: 64, layerCount: 8, headCount: 2 };
  const sequences = [{ tokens: Array.from({ length: 40 }, (_, index) => index % 8), weights: [0, 1] }];
  sequences[0]!.weights = sequences[0]!.tokens.map((_, index) => Math.sign(index));
  /** The most bytes of tensors at once, above those before. */
  const peakOf = async (memoryBudget: number): Promise<number> => {
    const model = createModel(configuration, { seed: 1, memoryBudget });
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => {
      const { value, grads } = tf.variableGrads(
        () => tf.sum(model.sequenceLogProbs(sequences)),
        [...model.parameters.values()],
      );
      tf.dispose([value, grads]);
      return value;
    });
    model.dispose();
    return peakBytes - before;
  };
  const model = createModel(configuration, { seed: 1 });
  const ofGradients = [...model.parameters.values()].reduce((sum, { size }) => sum + 4 * size, 0);
  model.dispose();
  const [all, none] = [await peakOf(2 ** 30), await peakOf(1)];
  // Gradients take the place of what was kept. Were that freed at the end, the peak would be higher by 0.55 of the gradients or more.
  expect(all).toBeLessThan(none + 0.45 * ofGradients);
});

it('has the gradient of a head that is also the embedding in memory once where kernels write in place', async () => {
  const configuration = { vocabularySize: 4096, hiddenSize: 128, layerCount: 1, headCount: 2 };
  const model = createModel(configuration, { seed: 1, architecture: architectures.get('llama') as never });
  const { size = 0 } = model.parameters.get('model.embed_tokens.weight') ?? {};
  const others = [...model.parameters.values()].reduce((sum, parameter) => sum + parameter.size, 0) - size;
  const tokens = Array.from({ length: 9 }, (_, index) => 7 * index);
  const before = tf.memory().numBytes;
  const { peakBytes } = await tf.profile(() => {
    const { value, grads } = tf.variableGrads(
      () => tf.sum(model.sequenceLogProbs([{ tokens, weights: tokens.map(Math.sign) }])),
      [...model.parameters.values()],
    );
    tf.dispose([value, grads]);
    return value;
  });
  model.dispose();
  const copies = (peakBytes - before - 4 * others) / (4 * size);
  expect(copies).toBeLessThan(hasNativeKernels() ? 1.2 : 3.2);
});
