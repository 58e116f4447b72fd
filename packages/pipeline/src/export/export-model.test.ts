import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, loadPretrained, saveAdapter, savePretrained } from '@ais/language-model';
import { openSafetensors } from '@ais/language-model/safetensors';
import { useBackend } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { exportModel } from './export-model.js';
import { preparePush } from './push-model.js';

const root = mkdtempSync(join(tmpdir(), 'ais-export-'));
const at = (...parts: string[]): string => join(root, ...parts);
const SHARD = 'pytorch_model-00001-of-00001.safetensors';
const GENERATION = '{"eos_token_id": [0, 3], "temperature": 0.6, "top_k": 20, "repetition_penalty": 1.1}';
const warnings: string[] = [];
const onWarning = (message: string): void => void warnings.push(message);
const module = 'gpt_neox.layers.0.attention.dense';

beforeAll(async () => {
  await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  const model = await createModel(
    { vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 },
    { seed: 1 },
  );
  const parameters = new Map([
    [`${module}.lora_A.weight`, tf.ones([2, 8])],
    [`${module}.lora_B.weight`, tf.zeros([8, 2])],
  ]);
  for (const folder of ['sharded', 'base', 'checkpoint']) await savePretrained(model, at(folder));
  for (const [folder, base] of [
    ['checkpoint/adapter', at('base')],
    ['of-hub', 'owner/base'],
  ] as const)
    await saveAdapter(model, { rank: 2, alpha: 4, parameters }, at(folder), { base });
  model.dispose();
  renameSync(at('sharded', 'model.safetensors'), at('sharded', SHARD));
  const weights = { [`${module}.weight`]: SHARD };
  writeFileSync(
    at('sharded', 'model.safetensors.index.json'),
    JSON.stringify({ metadata: {}, weight_map: weights }),
  );
  writeFileSync(at('sharded', 'model.fp16.safetensors'), 'of another precision');
  writeFileSync(at('checkpoint', 'generation_config.json'), GENERATION);
  mkdirSync(at('checkpoint', 'additional_chat_templates'));
  for (const name of ['tokenizer.json', 'chat_template.jinja', 'additional_chat_templates/rag.jinja'])
    writeFileSync(at('checkpoint', name), '{}');
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  warnings.length = 0;
});

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

/** How the tensors of a file are stored. */
async function typesIn(path: string): Promise<string[]> {
  const file = await openSafetensors(path);
  await file.close();
  return [...new Set(Array.from(file.entries.values(), ({ dtype }) => dtype))];
}

test('a folder has the weights that its index names, and no others', async () => {
  await exportModel({ model: at('sharded'), to: 'folder', out: at('out') });
  const expected = [
    'README.md',
    'config.json',
    'generation_config.json',
    'model.safetensors.index.json',
    SHARD,
  ];
  expect(filesOf(at('out'))).toEqual(expected);
  const push = await preparePush({
    model: at('sharded'),
    repository: 'owner/x',
    to: 'folder',
    isPrivate: true,
  });
  expect(push.files.map(({ path }) => path).sort()).toEqual(expected);
  await push.dispose();
});

test('weights that are missing are no model', async () => {
  mkdirSync(at('torn'));
  for (const name of ['config.json', 'model.safetensors.index.json'])
    writeFileSync(at('torn', name), JSON.stringify({ weight_map: { a: SHARD } }));
  await expect(exportModel({ model: at('torn'), to: 'folder', out: at('torn-out') })).rejects.toMatchObject({
    code: 'checkpoint-not-found',
    file: at('torn', SHARD),
  });
});

test("an adapter brings its checkpoint's tokenizer and templates, and says that its base is not on the Hub", async () => {
  await exportModel({ model: at('checkpoint'), to: 'adapter', out: at('adapter'), onWarning });
  const expected = [
    'README.md',
    'adapter_config.json',
    'adapter_model.safetensors',
    'chat_template.jinja',
    'generation_config.json',
    'rag.jinja',
    'tokenizer.json',
  ];
  expect(filesOf(at('adapter'))).toEqual(expected);
  const push = await preparePush({
    ...{ model: at('checkpoint', 'adapter'), repository: 'owner/x', to: 'adapter', isPrivate: true },
    onWarning,
  });
  expect(push.files.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(expected);
  await push.dispose();
  expect(warnings).toEqual(
    Array(2).fill(expect.stringContaining("The adapter's base model, base, is not known to be on the Hub")),
  );
});

test('an adapter with a tokenizer of its own brings that alone, and one of a model on the Hub no warning', async () => {
  writeFileSync(at('of-hub', 'tokenizer.json'), '{}');
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  await exportModel({ model: at('of-hub'), to: 'adapter', out: at('of-hub-out'), onWarning });
  vi.unstubAllEnvs();
  expect(filesOf(at('of-hub-out'))).toEqual([
    'README.md',
    'adapter_config.json',
    'adapter_model.safetensors',
    'tokenizer.json',
  ]);
  expect(warnings).toEqual([]);
});

test('a folder or an adapter is written in another type, and loads', async () => {
  for (const [model, to, weights] of [
    [at('checkpoint'), 'folder', 'model.safetensors'],
    [at('checkpoint'), 'adapter', 'adapter_model.safetensors'],
    [at('sharded'), 'folder', SHARD],
  ] as const) {
    const request = { model, to, dtype: 'bfloat16', onWarning } as const;
    const out = at(`half-${to}-${weights}`);
    await exportModel({ ...request, out });
    await exportModel({ model, to, out: `${out}-whole`, onWarning });
    expect(filesOf(out)).toEqual(filesOf(`${out}-whole`));
    expect(await typesIn(join(out, weights))).toEqual(['BF16']);
    expect(await typesIn(join(`${out}-whole`, weights))).toEqual(['F32']);
    const push = await preparePush({ ...request, repository: 'owner/x', isPrivate: true });
    for (const { path, bytes } of push.files) {
      // The card's title is another, and an adapter's base has the Hub's name.
      if (path === 'README.md' || path === 'adapter_config.json') continue;
      expect(bytes, path).toBe(statSync(join(out, path)).size);
    }
    await push.dispose();
  }
  const folder = at('half-folder-model.safetensors');
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    dtype: 'bfloat16',
    torch_dtype: 'bfloat16',
  });
  const adapter = at('half-adapter-adapter_model.safetensors');
  for (const out of [folder, adapter])
    expect(readFileSync(join(out, 'generation_config.json'), 'utf8')).toBe(GENERATION);
  for (const model of [await loadPretrained(folder), await loadPretrained(folder, { adapter })])
    model.dispose();
});

test('an option of another form is refused before anything is written', async () => {
  const model = at('checkpoint');
  for (const [options, key, remedy] of [
    [{ to: 'gguf', dtype: 'float16' }, 'dtype', 'Use --type f32, f16, or q8_0.'],
    [{ to: 'folder', type: 'f16' }, 'type', 'Use --dtype float32, bfloat16, or float16.'],
    [{ to: 'adapter', type: 'q8_0' }, 'type', 'Use --dtype float32, bfloat16, or float16.'],
  ] as const) {
    const refused = { code: 'invalid-setting', key, message: expect.stringContaining(remedy) };
    await expect(exportModel({ ...options, model, out: at('refused') })).rejects.toMatchObject(refused);
    expect(existsSync(at('refused'))).toBe(false);
    const push = preparePush({ ...options, model, repository: 'owner/x', isPrivate: true });
    await expect(push).rejects.toMatchObject(refused);
  }
});

test('what a type cannot hold leaves no folder', async () => {
  const model = createModel({ vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 });
  tf.tidy(() => {
    const head = model.parameters.get('embed_out.weight');
    head?.assign(tf.fill(head.shape, 1e5));
  });
  await savePretrained(model, at('large'));
  model.dispose();
  const request = { model: at('large'), to: 'folder', out: at('large-out') } as const;
  await expect(exportModel({ ...request, dtype: 'float16' })).rejects.toMatchObject({
    ...{ code: 'beyond-range', file: at('large', 'model.safetensors'), tensor: 'embed_out.weight' },
  });
  expect(existsSync(at('large-out'))).toBe(false);
  await exportModel({ ...request, dtype: 'bfloat16' });
});
