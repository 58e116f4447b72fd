import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, expect, test } from 'vitest';
import { createModel } from '../../model/create-model.js';
import { addLora, type LoraAdapter } from '../../model/lora.js';
import { createRewardModel } from '../../model/reward-model.js';
import { loadPretrained, savePretrained } from '../pretrained.js';
import { restoreLora } from './restore-lora.js';
import { adapterFiles, saveAdapter } from './save-adapter.js';

const root = mkdtempSync(join(tmpdir(), 'restore-lora-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string): string => join(root, name);

const shape = { vocabularySize: 16, hiddenSize: 16, layerCount: 2, headCount: 2 };
const newModel = () => createModel(shape, { seed: 1 });

/** Adapters that change what the model computes. */
function trained(model: Parameters<typeof addLora>[0], alpha = 5): LoraAdapter {
  const adapter = addLora(model, { rank: 3, alpha, seed: 2 });
  let index = 0;
  for (const variable of adapter.parameters.values()) {
    index += 1;
    tf.tidy(() =>
      variable.assign(tf.add(variable, tf.randomNormal(variable.shape, 0, 0.2, 'float32', index))),
    );
  }
  return adapter;
}

async function logitsOf(model: ReturnType<typeof newModel>): Promise<number[]> {
  const logits = model.logits([[1, 2, 3, 4]]);
  const values = [...(await logits.data())];
  logits.dispose();
  return values;
}

const numbersOf = (adapter: LoraAdapter) =>
  Array.from(adapter.parameters, ([name, variable]) => [name, [...variable.dataSync()]] as const);

test('files in memory are those on disk, and both are restored to the last bit', async () => {
  const model = newModel();
  const adapter = trained(model);
  const files = await adapterFiles(model, adapter, { base: 'a/base' });
  await saveAdapter(model, adapter, at('adapter'), { base: 'a/base' });
  for (const [name, bytes] of files)
    expect(Buffer.from(bytes)).toEqual(readFileSync(join(at('adapter'), name)));
  const [logits, numbers] = [await logitsOf(model), numbersOf(adapter)];
  const asFiles = [...files].map(([name, bytes]) => new File([bytes], name));
  for (const source of [files, Object.fromEntries(files), asFiles, at('adapter')]) {
    const other = newModel();
    const before = tf.memory().numTensors;
    const restored = await restoreLora(other, source);
    expect(restored).toMatchObject({ rank: 3, alpha: 5 });
    expect(numbersOf(restored)).toEqual(numbers);
    expect(await logitsOf(other)).toEqual(logits);
    restored.merge();
    expect(tf.memory().numTensors).toBe(before);
    other.dispose();
  }
  model.dispose();
});

test('what was saved from a page merges into its base', async () => {
  const model = newModel();
  await savePretrained(model, at('base'));
  const adapter = trained(model);
  const logits = await logitsOf(model);
  await saveAdapter(model, adapter, at('given'), { base: at('base') });
  model.dispose();
  const merged = await loadPretrained(at('given'));
  const found = await logitsOf(merged);
  for (const [index, value] of found.entries()) expect(value).toBeCloseTo(logits[index] ?? NaN, 5);
  merged.dispose();
});

test('the head of a reward model comes back with its adapters', async () => {
  const model = createRewardModel(shape, { seed: 1 });
  const adapter = trained(model);
  const files = await adapterFiles(model, adapter);
  const numbers = numbersOf(adapter);
  const other = createRewardModel(shape, { seed: 1 });
  expect(numbersOf(await restoreLora(other, files))).toEqual(numbers);
  model.dispose();
  other.dispose();
});

test('an adapter of another model, another kind, or with several ranks is refused, and the model stays as it was', async () => {
  const model = newModel();
  const adapter = trained(model);
  const files = await adapterFiles(model, adapter);
  const wide = createModel({ ...shape, hiddenSize: 32 }, { seed: 1 });
  const before = [await logitsOf(wide), tf.memory().numTensors] as const;
  const refused = (message: RegExp) =>
    expect.objectContaining({ code: 'adapter-mismatch', message: expect.stringMatching(message) });
  await expect(restoreLora(wide, files)).rejects.toEqual(
    refused(/lora_A\.weight should be \[3, 32\], and is \[3, 16\]/),
  );
  const deeper = createModel({ ...shape, layerCount: 3 }, { seed: 1 });
  await expect(restoreLora(deeper, files)).rejects.toEqual(refused(/layers\.2\..* and is missing/));
  const shallow = createModel({ ...shape, layerCount: 1 }, { seed: 1 });
  await expect(restoreLora(shallow, files)).rejects.toEqual(
    refused(/layers\.1\..* is nothing that addLora adapts/),
  );
  for (const each of [deeper, shallow]) each.dispose();
  expect([await logitsOf(wide), tf.memory().numTensors]).toEqual(before);
  // A model has one set of adapters at a time.
  await expect(restoreLora(model, files)).rejects.toMatchObject({ code: 'invalid-option' });

  await saveAdapter(model, adapter, at('ranks'));
  const configuration = join(at('ranks'), 'adapter_config.json');
  const json = JSON.parse(readFileSync(configuration, 'utf8')) as object;
  writeFileSync(configuration, JSON.stringify({ ...json, alpha_pattern: { dense: 9 } }));
  const same = newModel();
  await expect(restoreLora(same, at('ranks'))).rejects.toEqual(refused(/have other ranks or α/));
  writeFileSync(configuration, JSON.stringify({ ...json, use_rslora: true }));
  const stabilized = await restoreLora(same, at('ranks'));
  expect(stabilized.alpha / stabilized.rank).toBeCloseTo(5 / Math.sqrt(3), 12);
  for (const each of [model, wide, same]) each.dispose();
});
