import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, type TensorToWrite, tensorSize, writeSafetensors } from '../safetensors.js';
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

/** Changes a model's configuration and its tensors. */
async function rewrite(
  folder: string,
  keys: Readonly<Record<string, unknown>>,
  change: (tensors: TensorToWrite[]) => TensorToWrite[],
): Promise<void> {
  const [config, weights] = [join(folder, 'config.json'), join(folder, 'model.safetensors')];
  await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), ...keys }));
  const stored = await openSafetensors(weights);
  const tensors: TensorToWrite[] = [];
  for (const [name, { shape }] of stored.entries) {
    const values = await stored.read(name);
    tensors.push({ name, shape, values: async () => values });
  }
  await stored.close();
  await writeSafetensors(weights, change(tensors));
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

  it.each<[string, string, Record<string, unknown>]>([
    ['qwen2', 'as Qwen2.5-0.5B has it', { max_window_layers: 21, sliding_window: 32_768 }],
    ['qwen3', 'as Qwen3 has it', { max_window_layers: 36, sliding_window: null }],
    ['qwen2', 'as newer transformers writes it', { layer_types: ['full_attention', 'full_attention'] }],
    [
      'qwen2',
      'whose window begins after the last layer',
      { use_sliding_window: true, sliding_window: 8, max_window_layers: 2 },
    ],
    [
      'qwen2',
      'whose window is as long as any text',
      { use_sliding_window: true, sliding_window: 64, max_window_layers: 0 },
    ],
    [
      'qwen2',
      'that leaves out what its family has by default',
      {
        num_key_value_heads: 1,
        rope_theta: 10_000,
        attention_dropout: undefined,
        rope_parameters: undefined,
      },
    ],
  ])('writes a %s without windows, %s', async (name, _, keys) => {
    const folder = await folderOf(name);
    const file = join(folder, 'config.json');
    const config = { ...JSON.parse(await readFile(file, 'utf8')), use_sliding_window: false, ...keys };
    await writeFile(file, JSON.stringify(config));
    const path = join(directory, 'without-windows.gguf');
    await exportGguf(folder, path);
    const { tensors } = await contentOf(path);
    expect([...tensors.keys()].sort()).toEqual(
      [...(await contentOf(`${FIXTURES}${name}.gguf`)).tensors.keys()].sort(),
    );
  });

  it('refuses a layer whose window GGUF would lose, by number', async () => {
    const folder = await folderOf('qwen2');
    const file = join(folder, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8'));
    const path = join(directory, 'windows.gguf');
    const windows = { use_sliding_window: true, sliding_window: 16, max_window_layers: 1 };
    const types = { ...windows, layer_types: ['full_attention', 'sliding_attention'] };
    for (const keys of [windows, types]) {
      await writeFile(file, JSON.stringify({ ...config, ...keys }));
      await expect(exportGguf(folder, path)).rejects.toMatchObject({
        code: 'unsupported-architecture',
        message: expect.stringMatching(/no place for its window of layer 1\. Hand the model on as a folder/),
        file,
        expected: 'null',
        found: '16',
      });
    }
  });

  it('writes a Gemma whose config.json leaves out that its head is tied, and refuses other windows', async () => {
    const folder = await folderOf('gemma3');
    const file = join(folder, 'config.json');
    const { tie_word_embeddings: _, ...config } = JSON.parse(await readFile(file, 'utf8'));
    const path = join(directory, 'gemma.gguf');
    await writeFile(file, JSON.stringify(config));
    await exportGguf(folder, path);
    for (const keys of [
      { sliding_window: null },
      { layer_types: Array(config.num_hidden_layers).fill('full_attention') },
    ]) {
      await writeFile(file, JSON.stringify({ ...config, ...keys }));
      await expect(exportGguf(folder, path)).rejects.toMatchObject({
        code: 'unsupported-architecture',
        message: expect.stringContaining('of layer 0'),
      });
    }
  });

  it.each(['gpt2', 'llama', 'gptneox'])(
    'writes a bare %s, whose tensors leave the prefix out',
    async (name) => {
      const folder = await folderOf(name);
      const whole = await contentOf(`${FIXTURES}${name}.gguf`);
      const mask = { name: 'h.0.attn.bias', shape: [1], values: async () => new Float32Array(1) };
      await rewrite(folder, {}, (tensors) => [
        ...tensors.map((each) => ({
          ...each,
          name: each.name.replace(/^(transformer|model|gpt_neox)\./, ''),
        })),
        ...(name === 'gpt2' ? [mask] : []),
      ]);
      const path = join(directory, `bare-${name}.gguf`);
      await exportGguf(folder, path);
      expect(new Map([...(await contentOf(path)).tensors].sort())).toEqual(
        new Map([...whole.tensors].sort()),
      );
    },
  );

  it('leaves out end tokens that the model does not have', async () => {
    const folder = await folderOf('gpt2');
    for (const name of ['config.json', 'generation_config.json']) {
      const file = join(folder, name);
      const json = JSON.parse(await readFile(file, 'utf8'));
      await writeFile(file, JSON.stringify({ ...json, bos_token_id: 50_256, eos_token_id: 50_256 }));
    }
    const path = join(directory, 'ends.gguf');
    await exportGguf(folder, path);
    const roles = [...(await contentOf(path)).metadata].filter(([key]) => key.endsWith('_token_id'));
    for (const [key, id] of roles) expect(id, key).toBeLessThan(300);
  });

  it('names the tokens that any of the files names, and three that end a text', async () => {
    const folder = await folderOf('gpt2');
    const path = join(directory, 'roles.gguf');
    const edit = async (name: string, keys: Record<string, unknown>): Promise<void> => {
      const file = join(folder, name);
      const json = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
      await writeFile(file, JSON.stringify({ ...json, ...keys }));
    };
    const { model } = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'));
    const [start, end, unknown] = [3, 4, 5].map(
      (id) => Object.keys(model.vocab).find((token) => model.vocab[token] === id) as string,
    ) as [string, string, string];
    const post_processor = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: start, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { [start]: { id: start, ids: [3], tokens: [start] } },
    };
    await edit('tokenizer.json', { post_processor });
    const none = { bos_token: undefined, eos_token: undefined, unk_token: undefined, pad_token: undefined };
    await edit('tokenizer_config.json', none);
    await edit('special_tokens_map.json', { eos_token: { content: end }, unk_token: unknown });
    await edit('config.json', { eos_token_id: [6, 4] });
    await edit('generation_config.json', { eos_token_id: [4, 7] });
    await exportGguf(folder, path);
    const { metadata } = await contentOf(path);
    const roles = Object.fromEntries(
      ['bos', 'eos', 'eot', 'eom', 'unknown'].map((role) => [
        role,
        metadata.get(`tokenizer.ggml.${role}_token_id`),
      ]),
    );
    expect(roles).toEqual({ bos: 3, eos: 4, eot: 6, eom: 7, unknown: 5 });
    expect(metadata.get('tokenizer.ggml.add_bos_token')).toBe(true);
    const { weights, files } = await openGgufModel(path);
    await weights.close();
    const config = JSON.parse(new TextDecoder().decode(files.get('config.json')));
    expect(config).toMatchObject({ bos_token_id: 3, eos_token_id: [4, 6, 7] });
    await edit('config.json', { eos_token_id: [6, 4, 8] });
    await expect(exportGguf(folder, path)).rejects.toMatchObject({
      code: 'unsupported-tokenizer',
      message: expect.stringContaining('eos_token_id in config.json'),
      found: '4 (4, 6, 8, 7)',
    });
  });

  it('writes the chat templates that have files of their own', async () => {
    const folder = await folderOf('gpt2');
    const path = join(directory, 'templates.gguf');
    await mkdir(join(folder, 'additional_chat_templates'));
    await writeFile(join(folder, 'chat_template.jinja'), 'the first');
    await writeFile(join(folder, 'additional_chat_templates', 'tool_use.jinja'), 'with tools');
    await exportGguf(folder, path);
    const { metadata } = await contentOf(path);
    expect(metadata.get('tokenizer.chat_template')).toBe('the first');
    expect(metadata.get('tokenizer.chat_templates')).toEqual(['tool_use']);
    expect(metadata.get('tokenizer.chat_template.tool_use')).toBe('with tools');
    await rm(join(folder, 'additional_chat_templates'), { recursive: true });
    await rm(join(folder, 'chat_template.jinja'));
  });

  it.each([2, 1])(
    'writes an output head that is %d times the embedding as the model has it',
    async (factor) => {
      const folder = await folderOf('gpt2');
      await rewrite(folder, {}, (tensors) => {
        const { shape, values } = tensors.find(
          ({ name }) => name === 'transformer.wte.weight',
        ) as TensorToWrite;
        const head = async (): Promise<Float32Array> => (await values()).map((value) => factor * value);
        return [...tensors, { name: 'lm_head.weight', shape, values: head }];
      });
      const path = join(directory, 'own-head.gguf');
      await exportGguf(folder, path);
      const { tensors } = await contentOf(path);
      const head = tensors.get('token_embd.weight')?.values.map((value) => factor * value);
      // One that is the embedding is not written a second time.
      expect(tensors.get('output.weight')?.values).toEqual(factor === 1 ? undefined : head);
    },
  );

  it('writes the embedding again as the head of a tied GPT-NeoX, which llama.cpp does not open without', async () => {
    const folder = await folderOf('gptneox');
    const path = join(directory, 'tied-neox.gguf');
    await rewrite(folder, { tie_word_embeddings: true }, (tensors) =>
      tensors.filter(({ name }) => name !== 'embed_out.weight'),
    );
    await exportGguf(folder, path);
    const { tensors } = await contentOf(path);
    expect(tensors.get('output.weight')).toEqual(tensors.get('token_embd.weight'));
    expect([...tensors.keys()].sort()).toEqual(
      [...(await contentOf(`${FIXTURES}gptneox.gguf`)).tensors.keys()].sort(),
    );
  });

  it('refuses a Qwen3 with biases, which llama.cpp does not open', async () => {
    const folder = await folderOf('qwen3');
    const bias = {
      name: 'model.layers.0.self_attn.o_proj.bias',
      shape: [64],
      values: async () => new Float32Array(64),
    };
    await rewrite(folder, { attention_bias: true }, (tensors) => [...tensors, bias]);
    await expect(exportGguf(folder, join(directory, 'biases.gguf'))).rejects.toMatchObject({
      code: 'unexpected-tensor',
      tensor: bias.name,
    });
  });

  it('writes the rotary dimensions of a share that float32 rounds', async () => {
    const folder = await folderOf('gptneox');
    const file = join(folder, 'config.json');
    const { rope_parameters: _, ...config } = JSON.parse(await readFile(file, 'utf8'));
    const head = config.hidden_size / config.num_attention_heads;
    // As many dimensions, though another share of the head.
    await writeFile(file, JSON.stringify({ ...config, rotary_pct: 2.5 / head }));
    const path = join(directory, 'share.gguf');
    await exportGguf(folder, path);
    expect((await contentOf(path)).metadata.get('gptneox.rope.dimension_count')).toBe(2);
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
