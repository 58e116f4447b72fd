import { describe, expect, it } from 'vitest';
import { createModel } from '../model/create-model.js';
import { gpt2 } from './gpt2/gpt2.js';
import { llama } from './llama/llama.js';
import { modelSize } from './model-size.js';

const small = { vocabularySize: 64, hiddenSize: 32, layerCount: 2, headCount: 4 };

describe('modelSize', () => {
  it.each([
    {},
    { tieWordEmbeddings: true },
    { attentionBias: false },
    { intermediateSize: 40 },
    { layerCount: 1, hiddenSize: 64, vocabularySize: 24 },
  ])('counts what a model with %j holds', (changes) => {
    const model = createModel({ ...small, ...changes }, { seed: 1 });
    const count = [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0);
    model.dispose();
    expect(modelSize({ ...small, ...changes }).parameters).toBe(count);
  });

  it('tells the blocks from embeddings and head', () => {
    const { parameters, blockParameters } = modelSize({ ...small, maxPositions: 10 }, gpt2);
    expect(parameters - blockParameters).toBe(64 * 32 + 10 * 32);
    const untied = modelSize(small, llama);
    expect(untied.parameters - untied.blockParameters).toBe(2 * 64 * 32);
  });

  // SmolLM2-135M, and Llama 3.2 1B, as published.
  it.each([
    [
      134_515_008,
      {
        vocabularySize: 49_152,
        hiddenSize: 576,
        layerCount: 30,
        headCount: 9,
        keyValueHeadCount: 3,
        intermediateSize: 1536,
        tieWordEmbeddings: true,
      },
    ],
    [
      1_235_814_400,
      {
        vocabularySize: 128_256,
        hiddenSize: 2048,
        layerCount: 16,
        headCount: 32,
        keyValueHeadCount: 8,
        intermediateSize: 8192,
        tieWordEmbeddings: true,
      },
    ],
  ])('counts the %i of a published model', (parameters, options) => {
    expect(modelSize(options, llama).parameters).toBe(parameters);
  });

  it('does not count to the layers that a configuration claims', () => {
    expect(() => modelSize({ ...small, layerCount: 2 ** 52 })).toThrow(
      expect.objectContaining({ code: 'invalid-configuration' }),
    );
  });
});
