import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as families from '../src/families.js';
import * as gguf from '../src/gguf.js';
import * as gptNeox from '../src/gpt-neox.js';
import * as languageModel from '../src/index.js';
import * as safetensors from '../src/safetensors.js';
import * as testing from '../src/testing/index.js';

const examples = await documentedExamples(new URL('../', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'examples-'));
  const file = join(directory, 'SmolLM2-135M-Instruct.Q4_1.gguf');
  await copyFile(fileURLToPath(new URL('../fixtures/gguf/llama.gguf', import.meta.url)), file);
  await gguf.convertGguf(file, join(directory, 'aligned'));
  for (const [from, to] of [
    ['families', 'base'],
    ['peft', 'my-adapter'],
  ] as const) {
    const folder = fileURLToPath(new URL(`../fixtures/${from}/gpt2`, import.meta.url));
    await cp(folder, join(directory, to), { recursive: true });
  }
  const adapter = join(directory, 'my-adapter', 'adapter_config.json');
  const json = JSON.parse(await readFile(adapter, 'utf8')) as object;
  await writeFile(adapter, JSON.stringify({ ...json, base_model_name_or_path: join(directory, 'base') }));
});
afterAll(() => rm(directory, { recursive: true }));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(6);
});

test.each(examples)('$name', async ({ code, printed }) => {
  const { createModel, createRewardModel, savePretrained, saveRewardModel } = languageModel;
  const model = createModel({ vocabularySize: 64, hiddenSize: 16, layerCount: 1, headCount: 2 }, { seed: 1 });
  const rewardModel = createRewardModel(model, { seed: 2 });
  await savePretrained(model, join(directory, 'checkpoints/step-100'));
  await saveRewardModel(rewardModel, join(directory, 'gold'));
  // What an example has by name, unless it declares that itself.
  const given = { model, rewardModel };
  const scope = Object.fromEntries(
    Object.entries(given).filter(([name]) => !new RegExp(`const ${name}\\b`).test(code)),
  );
  const here = code.replace(
    /'(checkpoints\/[^']*|my-model|gold|aligned|smollm2|base|my-adapter|[^'/]*\.gguf)'/g,
    (_, path: string) => JSON.stringify(join(directory, path)),
  );
  expect(
    await runExample(here, {
      ...languageModel,
      ...families,
      ...gguf,
      ...gptNeox,
      ...safetensors,
      ...testing,
      tf,
      useBackend: async () => {},
      directory,
      ...scope,
    }),
  ).toEqual(printed);

  model.dispose();
  rewardModel.dispose();
});
