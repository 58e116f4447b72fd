import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { gemma3 } from '../families/gemma/gemma3.js';
import { gptNeox } from '../families/gpt-neox/gpt-neox.js';
import { gpt2 } from '../families/gpt2/gpt2.js';
import { llama } from '../families/llama/llama.js';
import { mistral } from '../families/llama/mistral.js';
import { qwen2 } from '../families/qwen/qwen2.js';
import { qwen3 } from '../families/qwen/qwen3.js';
import { testArchitecture } from './test-architecture.js';

const small = {
  vocabularySize: 40,
  hiddenSize: 16,
  layerCount: 2,
  headCount: 4,
  intermediateSize: 24,
  maxPositions: 48,
};
/** All on WASM; the first on native TensorFlow, where kernels of a few numbers take five times as long. */
const tried = <Configuration>(all: readonly Configuration[]): readonly Configuration[] =>
  process.env['AIS_BACKEND'] === 'native' ? all.slice(0, 1) : all;
const golden = (...names: string[]): string[] =>
  names.map((name) => fileURLToPath(new URL(`../../fixtures/families/${name}`, import.meta.url)));

describe('every family conforms:', () => {
  it('gpt_neox', () =>
    testArchitecture(gptNeox, {
      configurations: tried([
        { ...small, rotaryFraction: 0.5 },
        {
          ...small,
          rotaryFraction: 1,
          useParallelResidual: false,
          tieWordEmbeddings: true,
          attentionBias: false,
        },
      ]),
      golden: golden('gpt-neox'),
    }));

  it('llama', () =>
    testArchitecture(llama, {
      configurations: tried([
        { ...small, keyValueHeadCount: 2, headSize: 6 },
        {
          ...small,
          keyValueHeadCount: 1,
          tieWordEmbeddings: true,
          attentionBias: true,
          mlpBias: true,
          rotaryScaling: { type: 'linear', factor: 2 },
        },
        {
          ...small,
          headCount: 2,
          rotaryScaling: {
            type: 'llama3',
            factor: 8,
            lowFrequencyFactor: 1,
            highFrequencyFactor: 4,
            originalMaxPositions: 32,
          },
        },
      ]),
      golden: golden('llama', 'llama-biased'),
    }));

  it('mistral', () =>
    testArchitecture(mistral, {
      configurations: tried([{ ...small, keyValueHeadCount: 2, slidingWindow: 4 }]),
      golden: golden('mistral'),
    }));

  it('qwen2', () =>
    testArchitecture(qwen2, {
      configurations: tried([
        { ...small, keyValueHeadCount: 1, slidingWindow: 3, maxWindowLayers: 1, tieWordEmbeddings: true },
      ]),
      golden: golden('qwen2'),
    }));

  it('qwen3', () =>
    testArchitecture(qwen3, {
      configurations: tried([
        {
          ...small,
          keyValueHeadCount: 2,
          headSize: 6,
          attentionBias: true,
          slidingWindow: 5,
          layerTypes: ['sliding_attention', 'full_attention'],
        },
      ]),
      golden: golden('qwen3'),
    }));

  it('gemma3_text', () =>
    testArchitecture(gemma3, {
      configurations: tried([
        { ...small, keyValueHeadCount: 2, headSize: 6, slidingWindow: 4, queryScalar: 9, windowPattern: 2 },
        {
          ...small,
          keyValueHeadCount: 1,
          tieWordEmbeddings: false,
          attentionBias: true,
          layerTypes: ['full_attention', 'full_attention'],
          rotaryScaling: { type: 'linear', factor: 8 },
        },
      ]),
      golden: golden('gemma3'),
    }));

  it('gpt2', () =>
    testArchitecture(gpt2, {
      configurations: tried([small, { ...small, tieWordEmbeddings: false }]),
      golden: golden('gpt2'),
    }));
});
