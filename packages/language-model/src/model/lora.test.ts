import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { saveAdapter } from '../checkpoint/peft/save-adapter.js';
import { createModel } from './create-model.js';
import { addLora } from './lora.js';
import { createRewardModel } from './reward-model.js';

const small = { vocabularySize: 16, hiddenSize: 16, layerCount: 2, headCount: 2 };
const disposed = expect.objectContaining({ name: 'LanguageModelError', code: 'disposed' });

let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
});

describe('addLora', () => {
  it.each([
    ['language model', () => createModel(small, { seed: 1 })],
    ['reward model', () => createRewardModel(small, { seed: 1 })],
  ])('leaves nothing behind when its %s is disposed of, and says so from then on', async (_, create) => {
    const model = create();
    const adapter = addLora(model, { rank: 2, seed: 3 });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => adapter.merge()).toThrow(disposed);
    expect(() => addLora(model, { rank: 2, seed: 3 })).toThrow(disposed);
    await expect(saveAdapter(model, adapter, 'nowhere')).rejects.toEqual(disposed);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends once: a second merge, also after the model is disposed of, does nothing', () => {
    const model = createModel(small, { seed: 1 });
    const adapter = addLora(model, { rank: 2, seed: 3 });
    adapter.merge();
    adapter.merge();
    model.dispose();
    adapter.merge();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says that a model was disposed of before a reward model is made of it', () => {
    const model = createModel(small, { seed: 1 });
    model.dispose();
    expect(() => createRewardModel(model, { seed: 2 })).toThrow(disposed);
    expect(tf.memory().numTensors).toBe(before);
  });
});
