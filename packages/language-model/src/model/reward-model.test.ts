import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createModel,
  createRewardModel,
  type GptNeoxOptions,
  loadPretrained,
  loadRewardModel,
  savePretrained,
  saveRewardModel,
} from '../index.js';

const small = { vocabularySize: 16, hiddenSize: 32, layerCount: 2, headCount: 4 };
const sequences = [[1, 2, 3, 0], [4], [5, 6, 7, 8, 9, 0]];
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reward-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('reward model', () => {
  it('copies the backbone of a language model, which stays as it is', () => {
    const before = tf.memory().numTensors;
    const model = createModel(small, { seed: 1 });
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
    const rewardModel = createRewardModel({ ...small, hiddenSize: 1024, layerCount: 1 }, { seed: 2 });
    const head = rewardModel.parameters.get('score.weight')!.dataSync<'float32'>();
    const variance = head.reduce((sum, value) => sum + value ** 2, 0) / head.length;
    expect(Math.abs(variance * 1025 - 1)).toBeLessThan(5 * Math.sqrt(2 / 1024));
    rewardModel.dispose();
  });

  it('scores each sequence alone as in company, less the offset', () => {
    const before = tf.memory().numTensors;
    const rewardModel = createRewardModel(small, { seed: 2 });
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
    const rewardModel = createRewardModel(small, { seed: 3 });
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

  it('never pads with a word or an end of text, for transformers to find the last token', async () => {
    const padding = (options: Partial<GptNeoxOptions>): number | null => {
      const model = createRewardModel({ ...small, layerCount: 1, ...options }, { seed: 1 });
      model.dispose();
      return model.configuration.paddingToken;
    };
    expect(padding({})).toBe(null);
    expect(padding({ paddingToken: 3 })).toBe(3);
    // The end-of-text token, as configurations of causal models often have it.
    expect(padding({ paddingToken: 0 })).toBe(null);

    const folder = join(directory, 'padding');
    const model = createModel(small, { seed: 1 });
    await savePretrained(model, folder);
    const content = (id: number, text: string): object => ({ id, content: text, special: true });
    const tokenizer = { added_tokens: [content(0, '<|endoftext|>'), content(1, '<|im_start|>')] };
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
    await writeFile(join(folder, 'tokenizer_config.json'), '{"pad_token": "<|endoftext|>"}');
    await writeFile(join(folder, 'special_tokens_map.json'), '{"pad_token": {"content": "<|endoftext|>"}}');
    const carrying = await loadPretrained(folder);
    const rewardModel = createRewardModel(carrying, { seed: 1 });
    expect(rewardModel.configuration.paddingToken).toBe(1);
    const saved = join(directory, 'padding-reward');
    await saveRewardModel(rewardModel, saved);
    const json = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(saved, name), 'utf8'));
    expect(await json('config.json')).toMatchObject({ pad_token_id: 1 });
    expect(await json('tokenizer_config.json')).toEqual({
      pad_token: '<|im_start|>',
      eos_token: '<|endoftext|>',
    });
    expect(await json('special_tokens_map.json')).toEqual({ pad_token: '<|im_start|>' });
    // A language model keeps what it has: nothing looks for its last token.
    await savePretrained(carrying, join(directory, 'padding-language'));
    expect(await readFile(join(directory, 'padding-language', 'special_tokens_map.json'), 'utf8')).toContain(
      'endoftext',
    );
    for (const one of [model, carrying, rewardModel]) one.dispose();
  });

  it('tells users of transformers about its offset and its padding, but leaves a README of their own', async () => {
    const rewardModel = createRewardModel({ ...small, paddingToken: 1 }, { seed: 3 });
    const folder = join(directory, 'card');
    const card = (): Promise<string> => readFile(join(folder, 'README.md'), 'utf8');
    rewardModel.offset = -1.25;
    await saveRewardModel(rewardModel, folder);
    expect(await card()).toContain('`ais_score_offset` of `config.json`, -1.25.');
    expect(await card()).toContain('`pad_token_id`, which is 1 ');
    rewardModel.offset = 2;
    await saveRewardModel(rewardModel, folder);
    expect(await card()).toContain('`config.json`, 2.');
    await writeFile(join(folder, 'README.md'), '# Mine');
    await saveRewardModel(rewardModel, folder);
    expect(await card()).toBe('# Mine');
    rewardModel.dispose();
  });

  it('refuses a language model, a broken offset, and to be a language model', async () => {
    const model = createModel(small, { seed: 1 });
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
