import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tensorSize, writeSafetensors } from '../safetensors.js';
import { ROPE_FACTORS } from './architectures.js';
import { exportGguf } from './export-gguf.js';
import { openGguf } from './gguf-file.js';
import { openGgufModel } from './gguf-model.js';
import type { MetadataValue } from './header.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/gguf/', import.meta.url));
const golden = JSON.parse(await readFile(`${FIXTURES}models.json`, 'utf8')) as {
  models: Record<string, { configuration: object }>;
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'export-gguf-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A model in Hugging Face's layout, made of a GGUF file, with the `config.json` that `transformers` wrote for it. */
async function folderOf(name: string): Promise<string> {
  const folder = join(directory, name);
  await mkdir(folder, { recursive: true });
  const { weights, files } = await openGgufModel(`${FIXTURES}${name}.gguf`);
  try {
    const tensors = Array.from(weights.entries, ([tensor, { shape }]) => ({
      name: tensor,
      shape,
      values: () => weights.read(tensor),
    }));
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  } finally {
    await weights.close();
  }
  for (const [file, content] of files) await writeFile(join(folder, file), content);
  await writeFile(join(folder, 'config.json'), JSON.stringify(golden.models[name]?.configuration));
  return folder;
}

async function contentOf(path: string): Promise<{
  metadata: ReadonlyMap<string, MetadataValue>;
  tensors: Map<string, { shape: readonly number[]; type: string; values: Float32Array }>;
}> {
  const file = await openGguf(path);
  try {
    const tensors = new Map();
    for (const [name, { shape, type }] of file.entries) {
      tensors.set(name, { shape, type: type.name, values: await file.read(name) });
    }
    return { metadata: file.metadata, tensors };
  } finally {
    await file.close();
  }
}

/** What llama.cpp's converter adds that says nothing about the model, or says it twice. */
const UNUSED = /^general\.|size_label|vocab_size$|\.rope\.dimension_count$|rope\.scaling/;

describe('exportGguf', () => {
  for (const name of Object.keys(golden.models)) {
    it(`writes ${name} as llama.cpp's converter does`, async () => {
      const path = join(directory, `${name}.gguf`);
      await exportGguf(await folderOf(name), path);
      const written = await contentOf(path);
      const expected = await contentOf(`${FIXTURES}${name}.gguf`);
      // Computed in float32 there.
      const factors = [written, expected].map(({ tensors }) => {
        const { values = new Float32Array() } = tensors.get(ROPE_FACTORS) ?? {};
        tensors.delete(ROPE_FACTORS);
        return values;
      });
      expect(factors[0]!.length).toBe(factors[1]!.length);
      for (const [index, factor] of factors[1]!.entries())
        expect(factors[0]![index]! / factor).toBeCloseTo(1, 6);
      expect(new Map([...written.tensors].sort())).toEqual(new Map([...expected.tensors].sort()));
      for (const [key, value] of expected.metadata) {
        if (!UNUSED.test(key)) expect(written.metadata.get(key), key).toEqual(value);
      }
    });
  }

  it('stores matrices in fewer bits, and everything else as it is', async () => {
    const folder = await folderOf('llama');
    const whole = await contentOf(`${FIXTURES}llama.gguf`);
    for (const [type, half, bits] of [
      ['f16', 'F16', 11],
      ['q8_0', 'Q8_0', 7],
    ] as const) {
      const path = join(directory, `${type}.gguf`);
      await exportGguf(folder, path, { type });
      for (const [name, { shape, type: stored, values }] of (await contentOf(path)).tensors) {
        const isMatrix = shape.length > 1;
        const row = shape.at(-1) as number;
        expect(stored, name).toBe(isMatrix ? (row % 32 === 0 ? half : 'F16') : 'F32');
        const original = whole.tensors.get(name)?.values ?? new Float32Array();
        for (let index = 0; index < tensorSize(shape); index++) {
          const start = index - (index % Math.min(32, row));
          const largest = Math.max(...original.subarray(start, start + 32).map(Math.abs));
          expect(Math.abs((values[index] as number) - (original[index] as number))).toBeLessThanOrEqual(
            isMatrix ? largest * 2 ** -bits : 0,
          );
        }
      }
    }
  });

  it('stores Q8_0 bit for bit as the PyPI package gguf does', async () => {
    const quantized = await openGguf(`${FIXTURES}quantized.gguf`);
    try {
      const { numbersToStore } = await import('./stored-numbers.js');
      const place = { file: 'a', tensor: 'b' };
      const { begin, bytes } = quantized.entries.get('Q8_0 of F32')!;
      const stored = (await readFile(quantized.path)).subarray(begin, begin + bytes);
      expect(Buffer.from(numbersToStore(await quantized.read('F32'), 'Q8_0', place))).toEqual(stored);
    } finally {
      await quantized.close();
    }
  });

  it('refuses a configuration that GGUF would lose something of', async () => {
    const folder = await folderOf('llama');
    const file = join(folder, 'config.json');
    const json = JSON.parse(await readFile(file, 'utf8'));
    const path = join(directory, 'mistral.gguf');
    const mistral = {
      ...json,
      model_type: 'mistral',
      architectures: ['MistralForCausalLM'],
      sliding_window: null,
    };
    await writeFile(file, JSON.stringify(mistral));
    await exportGguf(folder, path);
    await writeFile(file, JSON.stringify({ ...mistral, sliding_window: 16 }));
    await expect(exportGguf(folder, path)).rejects.toMatchObject({
      code: 'unsupported-architecture',
      message: expect.stringContaining('no place for its'),
    });
  });

  it('refuses what llama.cpp would read as something else', async () => {
    const folder = await folderOf('qwen2');
    const path = join(directory, 'refused.gguf');
    const edit = async (name: string, change: (json: Record<string, never>) => object): Promise<void> => {
      const file = join(folder, name);
      await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')))));
    };
    await edit('tokenizer.json', (json) => ({ ...json, pre_tokenizer: { type: 'Whitespace' } }));
    await expect(exportGguf(folder, path)).rejects.toMatchObject({
      code: 'unsupported-tokenizer',
      message: expect.stringContaining('cuts texts in a way that GGUF has no name for'),
    });
    await edit('tokenizer.json', (json) => ({ ...json, model: { type: 'Unigram' } }));
    await expect(exportGguf(folder, path)).rejects.toMatchObject({
      code: 'unsupported-tokenizer',
      found: '"Unigram"',
    });
    await rm(join(folder, 'tokenizer.json'));
    await expect(exportGguf(folder, path)).rejects.toMatchObject({ code: 'checkpoint-not-found' });
    await edit('config.json', (json) => ({ ...json, model_type: 'mamba' }));
    await expect(exportGguf(folder, path)).rejects.toMatchObject({
      code: 'unsupported-architecture',
      found: 'mamba',
    });
    await expect(exportGguf(folder, path, { type: 'q4_0' as 'f32' })).rejects.toMatchObject({
      code: 'invalid-option',
    });
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
