import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  convertAdapterWeights,
  convertWeights,
  createModel,
  createRewardModel,
  loadPretrained,
  loadRewardModel,
  savePretrained,
  saveRewardModel,
} from '../index.js';
import { fromFloat32 } from './float-formats.js';
import { openSafetensors, type TensorToWrite, writeSafetensors } from './safetensors.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'convert-weights-'));
});
afterAll(() => rm(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);
const json = async (...path: string[]): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(...path), 'utf8'));

/** The tensors of a file: how they are stored, their shape, and their numbers. */
async function contentOf(path: string) {
  const file = await openSafetensors(path);
  const tensors = new Map<string, { dtype: string; shape: readonly number[]; values: Float32Array }>();
  for (const [name, { dtype, shape }] of file.entries)
    tensors.set(name, { dtype, shape, values: await file.read(name) });
  await file.close();
  return tensors;
}

/** A copy of a fixture with tensors changed. */
async function changed(
  from: string,
  change: (name: string, values: Float32Array) => void,
  more: TensorToWrite[] = [],
) {
  const folder = await mkdtemp(at('changed-'));
  await cp(fixture(from), folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const tensors = Array.from(await contentOf(path), ([name, { shape, values }]) => {
    change(name, values);
    return { name, shape, values: async () => values };
  });
  await writeSafetensors(path, [...tensors, ...more]);
  return folder;
}

describe('convertWeights', () => {
  it.each([
    ['bfloat16', 'BF16'],
    ['float16', 'F16'],
    ['float32', 'F32'],
  ] as const)('writes %s, and a configuration that says so', async (dtype, type) => {
    const to = at(dtype);
    const from = fixture('parallel');
    expect(await convertWeights(from, to, dtype)).toEqual(['model.safetensors', 'config.json']);
    expect((await readdir(to)).sort()).toEqual(['config.json', 'model.safetensors']);
    const before = await contentOf(join(from, 'model.safetensors'));
    const after = await contentOf(join(to, 'model.safetensors'));
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, { shape, values }] of before) {
      expect(after.get(name)).toMatchObject({ dtype: type, shape });
      const stored = after.get(name)?.values as Float32Array;
      expect(fromFloat32(stored, type)).toEqual(fromFloat32(values, type));
    }
    expect(await json(to, 'config.json')).toEqual({
      ...(await json(from, 'config.json')),
      dtype,
      torch_dtype: dtype,
    });
  });

  it('gives a model that was published in bfloat16 back as it was', async () => {
    const model = createModel(
      { vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 },
      { seed: 1 },
    );
    await savePretrained(model, at('published'), { dtype: 'bfloat16' });
    model.dispose();
    const read = await loadPretrained(at('published'));
    await savePretrained(read, at('trained'));
    read.dispose();
    await convertWeights(at('trained'), at('handed-on'), 'bfloat16');
    for (const name of ['model.safetensors', 'config.json'])
      expect(await readFile(join(at('handed-on'), name))).toEqual(
        await readFile(join(at('published'), name)),
      );
  });

  it('keeps the files that the weights are divided into, and counts their bytes', async () => {
    const model = createModel(
      { vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 },
      { seed: 1 },
    );
    await savePretrained(model, at('shards'), { maxShardBytes: 1000 });
    const count = [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0);
    model.dispose();
    const written = await convertWeights(at('shards'), at('half-shards'), 'float16');
    const names = (await readdir(at('shards'))).filter((name) => name.startsWith('model'));
    expect(written.toSorted()).toEqual(['config.json', ...names].sort());
    const index = await json(at('shards'), 'model.safetensors.index.json');
    expect(await json(at('half-shards'), 'model.safetensors.index.json')).toEqual({
      metadata: { total_parameters: count, total_size: 2 * count },
      weight_map: index['weight_map'],
    });
    (await loadPretrained(at('half-shards'))).dispose();
  });

  it('leaves out constants of older checkpoints, which float16 may not hold', async () => {
    const masked = 'gpt_neox.layers.0.attention.masked_bias';
    const constant = { name: masked, shape: [1], values: async () => Float32Array.of(-1e9) };
    const from = await changed('parallel', () => {}, [constant]);
    await convertWeights(from, at('without-constants'), 'float16');
    const tensors = await contentOf(join(at('without-constants'), 'model.safetensors'));
    expect(tensors.has(masked)).toBe(false);
    (await loadPretrained(at('without-constants'))).dispose();
  });

  it('converts reward models', async () => {
    const reward = createRewardModel(
      { vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 },
      { seed: 1 },
    );
    reward.offset = 0.25;
    await saveRewardModel(reward, at('reward'));
    reward.dispose();
    await convertWeights(at('reward'), at('half-reward'), 'bfloat16');
    const read = await loadRewardModel(at('half-reward'));
    expect(read.offset).toBe(0.25);
    read.dispose();
  });

  it.each([
    [
      70_000,
      'float16',
      'beyond-range',
      'F16 cannot hold one of its numbers, which would become infinite. Save as bfloat16 or float32.',
    ],
    [
      -3.4e38,
      'bfloat16',
      'beyond-range',
      'BF16 cannot hold one of its numbers, which would become infinite. Save as float32.',
    ],
    [Number.NaN, 'bfloat16', 'not-finite-weights', 'no model can compute with'],
    [Number.POSITIVE_INFINITY, 'float32', 'not-finite-weights', 'no model can compute with'],
  ] as const)('refuses %d as %s, naming file and tensor', async (value, dtype, code, message) => {
    const tensor = 'embed_out.weight';
    const from = await changed('parallel', (name, values) => {
      if (name === tensor) values[3] = value;
    });
    const file = join(from, 'model.safetensors');
    await expect(convertWeights(from, await mkdtemp(at('none-')), dtype)).rejects.toMatchObject({
      ...{ code, file, tensor },
      message: expect.stringContaining(message),
    });
  });

  it('refuses a type that is none, and numbers that are no weights', async () => {
    await expect(convertWeights(fixture('parallel'), at('none'), 'int8' as 'float16')).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('dtype must be one of float32, float16, bfloat16, got "int8".'),
    });
    const from = await mkdtemp(at('integers-'));
    await cp(fixture('parallel'), from, { recursive: true });
    const path = join(from, 'model.safetensors');
    await writeSafetensors(path, [{ name: 'a', shape: [1], values: async () => Float32Array.of(1) }]);
    await writeFile(path, (await readFile(path, 'latin1')).replace('"F32"', '"I32"'), 'latin1');
    await expect(convertWeights(from, at('none'), 'float16')).rejects.toMatchObject({
      ...{ code: 'unsupported-type', file: path, tensor: 'a', found: 'I32' },
    });
  });
});

describe('convertAdapterWeights', () => {
  it('writes the weights of an adapter, which loads as before', async () => {
    const from = fixture('peft/llama');
    const to = at('adapter');
    expect(await convertAdapterWeights(from, to, 'bfloat16')).toEqual(['adapter_model.safetensors']);
    const before = await contentOf(join(from, 'adapter_model.safetensors'));
    const after = await contentOf(join(to, 'adapter_model.safetensors'));
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, { values }] of before) {
      const stored = after.get(name);
      expect(stored?.dtype).toBe('BF16');
      expect(fromFloat32(stored?.values as Float32Array, 'BF16')).toEqual(fromFloat32(values, 'BF16'));
    }
    await cp(join(from, 'adapter_config.json'), join(to, 'adapter_config.json'));
    const base = fixture('families/llama');
    (await loadPretrained(base, { adapter: to })).dispose();
  });
});
