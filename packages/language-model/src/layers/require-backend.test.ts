import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { createModel, createRewardModel, loadPretrained, loadRewardModel } from '../index.js';
import { requireBackend } from './require-backend.js';

afterEach(() => void vi.restoreAllMocks());

const shape = { vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 };
const fixture = (name: string): string => new URL(`../../fixtures/${name}`, import.meta.url).pathname;

it('is content with a back end', () => {
  expect(() => requireBackend('createModel')).not.toThrow();
});

it.each([
  ['createModel', async () => createModel(shape, { seed: 1 })],
  ['createRewardModel', async () => createRewardModel(shape, { seed: 1 })],
  ['loadPretrained', () => loadPretrained(fixture('gguf/llama.gguf'))],
  ['loadRewardModel', () => loadRewardModel(fixture('peft/llama-score'))],
] as const)('%s says how to register one where there is none', async (owner, make) => {
  vi.spyOn(tf.engine(), 'backendNames').mockReturnValue([]);
  await expect(make()).rejects.toMatchObject({
    code: 'missing-backend',
    message: expect.stringContaining(
      `@ais/language-model: ${owner}: no back end is registered in @tensorflow/tfjs-core; call useBackend()`,
    ),
  });
});
