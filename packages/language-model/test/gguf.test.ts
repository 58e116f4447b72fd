import { copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPretrained, loadRewardModel, locateModel, savePretrained } from '../src/index.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/gguf/', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'load-gguf-'));
  vi.stubEnv('AIS_CACHE_DIRECTORY', join(directory, 'cache'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const TOKENS = [
  [40, 71, 3, 200, 9],
  [1, 2, 3, 4, 5],
];

async function logitsOf(name: string): Promise<Float32Array> {
  const model = await loadPretrained(name);
  const logits = model.logits(TOKENS);
  const values = await logits.data<'float32'>();
  logits.dispose();
  model.dispose();
  return values;
}

describe('a GGUF file', () => {
  it.each(['llama', 'llama3', 'qwen2', 'qwen3', 'gemma3', 'gpt2', 'gptneox'])(
    'loads %s as the folder that it stands for',
    async (name) => {
      const file = join(FIXTURES, `${name}.gguf`);
      const folder = await locateModel(file);
      expect((await readdir(folder)).sort()).toEqual([
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer_config.json',
      ]);
      const logits = await logitsOf(file);
      expect(await logitsOf(folder)).toEqual(logits);
      // Numbers that depend on the input, not on a head that is all zeros.
      expect(new Set(logits).size).toBeGreaterThan(logits.length / 2);
    },
  );

  it('is found in a folder of its own, and written to the cache once', async () => {
    const own = join(directory, 'own');
    await mkdir(own);
    await copyFile(join(FIXTURES, 'llama.gguf'), join(own, 'model.gguf'));
    expect(await logitsOf(own)).toEqual(await logitsOf(join(FIXTURES, 'llama.gguf')));
    const folder = await locateModel(own);
    expect(folder).toMatch(/model-[0-9a-f]{16}$/);
    const written = await stat(join(folder, 'model.safetensors'));
    expect(await locateModel(own)).toBe(folder);
    expect((await stat(join(folder, 'model.safetensors'))).ino).toBe(written.ino);
  });

  it('carries its tokenizer to where the model is saved', async () => {
    const model = await loadPretrained(join(FIXTURES, 'llama.gguf'));
    expect(model.configuration.endOfTextTokens).toEqual([1]);
    const saved = join(directory, 'saved');
    await savePretrained(model, saved);
    model.dispose();
    expect(await readdir(saved)).toEqual(expect.arrayContaining(['tokenizer.json', 'tokenizer_config.json']));
    expect(await logitsOf(saved)).toEqual(await logitsOf(join(FIXTURES, 'llama.gguf')));
  });

  it('is no reward model', async () => {
    await expect(loadRewardModel(join(FIXTURES, 'llama.gguf'))).rejects.toMatchObject({
      code: 'unsupported-architecture',
      expected: 'LlamaForSequenceClassification',
    });
  });
});
