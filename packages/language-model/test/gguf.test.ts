import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256OfFile } from '@ais/runtime/files';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { convertedFolder } from '../src/checkpoint/converted-folder.js';
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

  it('is converted again where another version of this code wrote what is in the cache', async () => {
    const file = join(FIXTURES, 'llama.gguf');
    const content = await sha256OfFile(file);
    expect(await locateModel(file)).toBe(convertedFolder('llama', content));
    expect(convertedFolder('llama', content, 1)).not.toBe(convertedFolder('llama', content));
    // The first version's, whose key had the content alone.
    const old = join(directory, 'cache', 'models', `llama-${content.slice(0, 16)}`);
    await mkdir(old);
    await writeFile(join(old, 'model.safetensors'), '');
    expect(await locateModel(file)).not.toBe(old);
  });

  it.each([
    ['padding', 'padding', { endOfTextTokens: [1], paddingToken: null }],
    ['eos', 'eot', { endOfTextTokens: [] }],
    ['bos', 'bos', { endOfTextTokens: [1] }],
  ] as const)(
    'says which token with a role it does not have, once: %s as %s',
    async (stored, role, expected) => {
      const key = `tokenizer.ggml.${role}_token_id`;
      const bytes = await readFile(join(FIXTURES, 'llama.gguf'));
      const at = bytes.indexOf(`tokenizer.ggml.${stored}_token_id`);
      bytes.write(key, at);
      // After the key and the number of the type of 32-bit integers.
      bytes.writeUInt32LE(2 ** 32 - 1, at + key.length + 4);
      const file = join(directory, `without-${role}.gguf`);
      await writeFile(file, bytes);
      const warnings: string[] = [];
      const model = await loadPretrained(file, { onWarning: (warning) => warnings.push(warning) });
      expect(model.configuration).toMatchObject(expected);
      model.dispose();
      expect(warnings).toEqual([
        expect.stringMatching(`^@ais/language-model: ${file}: ${key} is 4294967295, and the vocabulary has`),
      ]);
    },
  );

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
