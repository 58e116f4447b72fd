import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
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
