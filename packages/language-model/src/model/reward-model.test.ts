import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createModel,
  createRewardModel,
  loadPretrained,
  loadRewardModel,
  savePretrained,
  saveRewardModel,
} from '../index.js';

const options = { vocabularySize: 16, hiddenSize: 32, layerCount: 2, headCount: 4 };
const sequences = [[1, 2, 3, 0], [4], [5, 6, 7, 8, 9, 0]];
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reward-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('reward model', () => {
  it('copies the backbone of a language model, which stays as it is', () => {
    const before = tf.memory().numTensors;
    const model = createModel(options, { seed: 1 });
    const rewardModel = createRewardModel(model, { seed: 2 });
    for (const [name, variable] of rewardModel.parameters) {
      const original = model.parameters.get(name);
      if (original) expect(variable.dataSync()).toEqual(original.dataSync());
      tf.tidy(() => variable.assign(tf.zerosLike(variable)));
      if (original && name.endsWith('embed_in.weight'))
        expect(Math.max(...original.dataSync())).toBeGreaterThan(0);
    }
    rewardModel.dispose();
    tf.dispose(model.logits([[1, 2]]));
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('draws its head from N(0, 1/(d + 1))', () => {
    const rewardModel = createRewardModel({ ...options, hiddenSize: 1024, layerCount: 1 }, { seed: 2 });
    const head = rewardModel.parameters.get('score.weight')!.dataSync<'float32'>();
    const variance = head.reduce((sum, value) => sum + value ** 2, 0) / head.length;
    expect(Math.abs(variance * 1025 - 1)).toBeLessThan(5 * Math.sqrt(2 / 1024));
    rewardModel.dispose();
  });

  it('scores each sequence alone as in company, less the offset', () => {
    const before = tf.memory().numTensors;
    const rewardModel = createRewardModel(options, { seed: 2 });
    const together = tf.tidy(() => [...rewardModel.scores(sequences).dataSync()]);
    sequences.forEach((sequence, index) => {
      const [alone] = tf.tidy(() => [...rewardModel.scores([sequence]).dataSync()]) as [number];
      expect(alone).toBeCloseTo(together[index]!, 5);
    });
    rewardModel.offset = 2;
    const centered = tf.tidy(() => [...rewardModel.scores(sequences).dataSync()]);
    centered.forEach((value, index) => {
      expect(value).toBeCloseTo(together[index]! - 2, 5);
    });
    expect(tf.tidy(() => rewardModel.scores([]).shape)).toEqual([0]);
    rewardModel.dispose();
    expect(() => rewardModel.scores(sequences)).toThrow(expect.objectContaining({ code: 'disposed' }));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('comes back from disk with its offset', async () => {
    const rewardModel = createRewardModel(options, { seed: 3 });
    rewardModel.offset = -1.25;
    await saveRewardModel(rewardModel, directory);
    const again = await loadRewardModel(directory);
    expect(again.offset).toBe(-1.25);
    const [a, b] = [rewardModel, again].map((one) => tf.tidy(() => one.scores(sequences).dataSync()));
    expect(a).toEqual(b);
    again.offset = 3;
    await saveRewardModel(again, directory);
    const third = await loadRewardModel(directory);
    expect(third.offset).toBe(3);
    for (const one of [rewardModel, again, third]) one.dispose();
  });

  it('pads with another token than the end of text, for transformers to find the last token', () => {
    const padding = (otherKeys: Record<string, unknown>): unknown => {
      const model = createRewardModel({ ...options, layerCount: 1, otherKeys }, { seed: 1 });
      model.dispose();
      return model.configuration.otherKeys['pad_token_id'];
    };
    expect(padding({})).toBe(15);
    expect(padding({ pad_token_id: 3 })).toBe(3);
    // The end-of-text token, as configurations of causal models often have it, and tokens that there are none of.
    expect(padding({ pad_token_id: 0 })).toBe(15);
    expect(padding({ pad_token_id: 16 })).toBe(15);
    expect(padding({ pad_token_id: null })).toBe(15);
  });

  it('refuses a language model, a broken offset, and to be a language model', async () => {
    const model = createModel(options, { seed: 1 });
    const languageModel = join(directory, 'language-model');
    await savePretrained(model, languageModel);
    await expect(loadRewardModel(languageModel)).rejects.toMatchObject({
      code: 'unsupported-architecture',
      expected: 'GPTNeoXForSequenceClassification',
      found: 'GPTNeoXForCausalLM',
    });
    const rewardModel = createRewardModel(model, { seed: 1 });
    const broken = join(directory, 'broken');
    await saveRewardModel(rewardModel, broken);
    await expect(loadPretrained(broken)).rejects.toMatchObject({ name: 'CheckpointError' });
    const path = join(broken, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...config, ais_score_offset: 'high' }));
    await expect(loadRewardModel(broken)).rejects.toMatchObject({ code: 'checkpoint-corrupt', file: path });
    rewardModel.dispose();
    model.dispose();
  });
});
