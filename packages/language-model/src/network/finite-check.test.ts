import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CausalLanguageModel, RewardModel } from '../model/causal-language-model.js';
import { createModel } from '../model/create-model.js';
import { createRewardModel } from '../model/reward-model.js';

const SHAPE = { vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 2, rotaryFraction: 0.5 };
const pairs = [{ prompt: [1, 2], chosen: [3, 0], rejected: [4, 0] }];

let tensors: number;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

/** Its weights are finite, and the squares of its activations are not. */
function spoil<Model extends CausalLanguageModel | RewardModel>(model: Model): Model {
  for (const name of ['gpt_neox.final_layer_norm.weight', 'embed_out.weight', 'score.weight']) {
    const variable = model.parameters.get(name);
    if (variable) tf.tidy(() => variable.assign(tf.fill(variable.shape, 3e38)));
  }
  return model;
}

describe('a model that computes what is not finite', () => {
  it.each<[string, (model: CausalLanguageModel) => unknown]>([
    ['logits', (model) => model.logits([[1, 2]])],
    ['responseLogProbs', (model) => model.responseLogProbs(pairs)],
    ['sequenceLogProbs', (model) => model.sequenceLogProbs([{ tokens: [1, 2], weights: [0, 1] }])],
    ['responseLogitRows', (model) => model.responseLogits([{ prompt: [1], response: [2] }])],
    ['generate', (model) => model.generate([[1]], { maxNewTokens: 3, temperature: 0, seed: 1 })],
    ['generate', (model) => model.generate([[1]], { maxNewTokens: 3, temperature: 1, seed: 1 })],
    ['generate', (model) => model.generate([[1]], { maxNewTokens: 3, temperature: 0.5, topK: 3, seed: 1 })],
    [
      'responseLogProbs',
      (model) =>
        tf.variableGrads(() => tf.sum(model.responseLogProbs(pairs).chosen), [
          ...model.parameters.values(),
        ] as tf.Variable[]),
    ],
  ])('says so in %s', async (_, use) => {
    const model = spoil(createModel(SHAPE, { seed: 1 }));
    await expect((async () => use(model))()).rejects.toMatchObject({ code: 'not-finite' });
    model.dispose();
  });

  it('says so as a reference, though the model itself was checked', () => {
    const [model, reference] = [1, 2].map((seed) => createModel(SHAPE, { seed })) as [
      CausalLanguageModel,
      CausalLanguageModel,
    ];
    tf.dispose(Object.values(model.responseLogProbs(pairs)));
    spoil(reference);
    expect(() => model.responseLogProbs(pairs, { reference })).toThrow(
      expect.objectContaining({ code: 'not-finite' }),
    );
    for (const one of [model, reference]) one.dispose();
  });

  it('says so as a judge', () => {
    const model = spoil(createRewardModel(SHAPE, { seed: 1 }));
    expect(() => model.scores([[1, 2]])).toThrow(expect.objectContaining({ code: 'not-finite' }));
    model.dispose();
  });

  it('is looked at once, and not for nothing', () => {
    const model = createModel(SHAPE, { seed: 1 });
    tf.dispose(model.sequenceLogProbs([]));
    spoil(model);
    expect(() => model.logits([[1]])).toThrow(/NaN or infinity/);
    model.dispose();
  });
});
