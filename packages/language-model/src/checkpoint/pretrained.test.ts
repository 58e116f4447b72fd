import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addLora,
  type CausalLanguageModel,
  companionNames,
  createModel,
  createRewardModel,
  loadPretrained,
  loadRewardModel,
  saveAdapter,
  savePretrained,
  saveRewardModel,
  storedModelSize,
} from '../index.js';
import { openSafetensors, writeSafetensors } from './safetensors.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pretrained-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A copy of a checkpoint with its configuration and its tensors changed. */
async function changed(
  from: string,
  changes: {
    config?: Record<string, unknown>;
    tensors?: (tensors: Map<string, { shape: number[]; values: Float32Array }>) => void;
  },
): Promise<string> {
  const to = await mkdtemp(join(directory, 'copy-'));
  await cp(fixture(from), to, { recursive: true });
  const config = JSON.parse(await readFile(join(to, 'config.json'), 'utf8')) as object;
  await writeFile(join(to, 'config.json'), JSON.stringify({ ...config, ...changes.config }));
  if (changes.tensors) {
    const path = join(to, 'model.safetensors');
    const tensors = await contents(path);
    changes.tensors(tensors);
    await writeSafetensors(
      path,
      [...tensors].map(([name, { shape, values }]) => ({ name, shape, values: async () => values })),
    );
  }
  return to;
}

async function contents(path: string): Promise<Map<string, { shape: number[]; values: Float32Array }>> {
  const file = await openSafetensors(path);
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  for (const [name, { shape }] of file.entries) {
    tensors.set(name, { shape: [...shape], values: await file.read(name) });
  }
  await file.close();
  return tensors;
}

describe('savePretrained and loadPretrained', () => {
  it.each(['parallel', 'sequential'])('keep the weights and every key of %s', async (name) => {
    const before = tf.memory().numTensors;
    const model = await loadPretrained(fixture(name));
    const to = join(directory, `saved-${name}`);
    await savePretrained(model, to);
    await savePretrained(model, to);
    expect((await readdir(to)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ]);
    const original = JSON.parse(await readFile(join(fixture(name), 'config.json'), 'utf8')) as object;
    const saved = JSON.parse(await readFile(join(to, 'config.json'), 'utf8')) as object;
    expect(saved).toMatchObject(original);
    const [a, b] = [
      await contents(join(fixture(name), 'model.safetensors')),
      await contents(join(to, 'model.safetensors')),
    ];
    expect(new Map([...b].sort())).toEqual(new Map([...a].sort()));
    expect([...b.keys()]).toEqual([...model.parameters.keys()]);
    const again = await loadPretrained(to);
    expect(again.configuration).toEqual({ ...model.configuration, otherKeys: again.configuration.otherKeys });
    model.dispose();
    again.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads a sharded checkpoint, and ignores legacy buffers', async () => {
    const to = await changed('parallel', {});
    const all = await contents(join(to, 'model.safetensors'));
    all.set('gpt_neox.layers.0.attention.bias', { shape: [1], values: new Float32Array(1) });
    all.set('gpt_neox.layers.0.attention.rotary_emb.inv_freq', { shape: [1], values: new Float32Array(1) });
    await rm(join(to, 'model.safetensors'));
    const weightMap: Record<string, string> = {};
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const entries = [...all];
    for (const [shard, name] of names.entries()) {
      const part = entries.filter((_, index) => index % 2 === shard);
      for (const [tensor] of part) weightMap[tensor] = name;
      await writeSafetensors(
        join(to, name),
        part.map(([tensor, { shape, values }]) => ({ name: tensor, shape, values: async () => values })),
      );
    }
    const index = join(to, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ metadata: {}, weight_map: weightMap }));
    const [whole, sharded] = [await loadPretrained(fixture('parallel')), await loadPretrained(to)];
    for (const [name, variable] of whole.parameters) {
      expect(sharded.parameters.get(name)!.dataSync()).toEqual(variable.dataSync());
    }
    whole.dispose();
    sharded.dispose();

    await writeFile(
      index,
      JSON.stringify({ weight_map: { ...weightMap, 'embed_out.weight': '../x.safetensors' } }),
    );
    await expect(loadPretrained(to)).rejects.toMatchObject({ code: 'checkpoint-corrupt', file: index });
    await writeFile(index, JSON.stringify({ weight_map: { ...weightMap, other: names[0] } }));
    await expect(loadPretrained(to)).rejects.toMatchObject({ code: 'missing-tensor', tensor: 'other' });
    await writeFile(index, '{');
    await expect(loadPretrained(to)).rejects.toMatchObject({ code: 'checkpoint-corrupt', file: index });
  });

  it.each<[string, Parameters<typeof changed>[1], object]>([
    [
      'a tensor that is missing',
      { tensors: (all) => all.delete('embed_out.weight') },
      { code: 'missing-tensor', tensor: 'embed_out.weight', expected: '[64, 32]' },
    ],
    [
      'a tensor too many',
      { tensors: (all) => all.set('adapter', { shape: [1], values: new Float32Array(1) }) },
      { code: 'unexpected-tensor', tensor: 'adapter' },
    ],
    [
      'another shape',
      { config: { vocab_size: 65 } },
      {
        code: 'wrong-shape',
        tensor: 'gpt_neox.embed_in.weight',
        expected: '[65, 32]',
        found: '[64, 32]',
      },
    ],
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
      (value): [string, Parameters<typeof changed>[1], object] => [
        `${value} among its weights`,
        {
          tensors: (all) => {
            all.get('gpt_neox.layers.1.mlp.dense_h_to_4h.bias')!.values[7] = value;
          },
        },
        {
          code: 'not-finite-weights',
          tensor: 'gpt_neox.layers.1.mlp.dense_h_to_4h.bias',
          file: expect.stringMatching(/model\.safetensors$/),
          found: `${value} at 7`,
        },
      ],
    ),
    ['another architecture', { config: { model_type: 'mixtral' } }, { code: 'unsupported-architecture' }],
    [
      'architectures that are no names',
      { config: { architectures: [{ toString: 1 }, 'b'] } },
      { code: 'unsupported-architecture', found: '{"toString":1}, b' },
    ],
    [
      'another head',
      { config: { architectures: ['GPTNeoXForSequenceClassification'] } },
      { code: 'unsupported-architecture', expected: 'GPTNeoXForCausalLM' },
    ],
  ])('refuses a checkpoint with %s', async (_, changes, fault) => {
    const before = tf.memory().numTensors;
    const path = await changed('parallel', changes);
    await expect(loadPretrained(path)).rejects.toMatchObject({ name: 'CheckpointError', ...fault });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('writes shards and an index, and leaves no weights of what it replaces', async () => {
    const model = await loadPretrained(fixture('parallel'));
    const to = join(directory, 'shards');
    await savePretrained(model, to);
    await savePretrained(model, to, { maxShardBytes: 20_000 });
    const index = JSON.parse(await readFile(join(to, 'model.safetensors.index.json'), 'utf8')) as {
      metadata: object;
      weight_map: Record<string, string>;
    };
    const numbers = [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0);
    expect(index.metadata).toEqual({ total_parameters: numbers, total_size: 4 * numbers });
    expect(Object.keys(index.weight_map)).toEqual([...model.parameters.keys()].sort());
    const files = (await readdir(to)).filter((name) => name.endsWith('.safetensors'));
    expect(files).toEqual([...new Set(Object.values(index.weight_map))].sort());
    expect(files[0]).toBe(`model-00001-of-${String(files.length).padStart(5, '0')}.safetensors`);
    for (const file of files) {
      const tensors = await contents(join(to, file));
      const bytes = [...tensors.values()].reduce((sum, { values }) => sum + values.byteLength, 0);
      expect(bytes <= 20_000 || tensors.size === 1).toBe(true);
    }
    const again = await loadPretrained(to);
    for (const [name, variable] of model.parameters) {
      expect(again.parameters.get(name)!.dataSync()).toEqual(variable.dataSync());
    }
    // Other shards, and a single file: what is there is what was saved last.
    for (const maxShardBytes of [40_000, 1e9]) {
      await savePretrained(again, to, { maxShardBytes });
      const now = await readdir(to);
      const named = now.includes('model.safetensors.index.json')
        ? Object.values(
            (JSON.parse(await readFile(join(to, 'model.safetensors.index.json'), 'utf8')) as typeof index)
              .weight_map,
          )
        : ['model.safetensors'];
      expect(now.filter((name) => name.endsWith('.safetensors'))).toEqual([...new Set(named)].sort());
      (await loadPretrained(to)).dispose();
    }
    expect((await readdir(to)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ]);
    model.dispose();
    again.dispose();
  });

  it.each([
    ['float16', 'F16', 2 ** -11],
    ['bfloat16', 'BF16', 2 ** -8],
  ] as const)('stores %s', async (dtype, type, precision) => {
    const model = await loadPretrained(fixture('parallel'));
    const to = join(directory, dtype);
    await savePretrained(model, to, { dtype });
    const config = JSON.parse(await readFile(join(to, 'config.json'), 'utf8')) as object;
    expect(config).toMatchObject({ dtype, torch_dtype: dtype });
    const file = await openSafetensors(join(to, 'model.safetensors'));
    expect(new Set([...file.entries.values()].map((entry) => entry.dtype))).toEqual(new Set([type]));
    await file.close();
    const again = await loadPretrained(to);
    for (const [name, variable] of model.parameters) {
      const rounded = again.parameters.get(name)!.dataSync<'float32'>();
      const values = variable.dataSync<'float32'>();
      // Half a unit in the last place of a normal number; numbers below 2⁻¹⁴ are rounded to 2⁻²⁴ in F16.
      const within = values.every((value, at) => {
        return Math.abs(value - rounded[at]!) <= Math.max(Math.abs(value) * precision, 2 ** -25);
      });
      expect(within).toBe(true);
    }
    model.dispose();
    again.dispose();
  });

  it.each([
    ['float16', 65_520, 65_519],
    ['bfloat16', 3.3962e38, 3.3961e38],
  ] as const)('does not store a number as %s that would become infinite', async (dtype, beyond, within) => {
    const model = await loadPretrained(fixture('parallel'));
    const weight = model.parameters.get('embed_out.weight')!;
    const to = join(directory, `${dtype}-range`);
    const save = async (value: number): Promise<void> => {
      tf.tidy(() => weight.assign(tf.fill(weight.shape, value)));
      await savePretrained(model, to, { dtype });
    };
    await expect(save(-beyond)).rejects.toMatchObject({ code: 'beyond-range', tensor: 'embed_out.weight' });
    await expect(readdir(to)).resolves.toEqual([]);
    await save(within);
    const again = await loadPretrained(to);
    for (const one of [model, again]) one.dispose();
  });

  it('refuses options that are none', async () => {
    const model = createModel({ vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 });
    for (const options of [
      { dtype: 'float64' as 'float32' },
      { maxShardBytes: 0 },
      { maxShardBytes: Number.NaN },
    ]) {
      await expect(savePretrained(model, join(directory, 'none'), options)).rejects.toMatchObject({
        code: 'invalid-option',
      });
    }
    model.dispose();
  });

  it('takes the tokenizer along, though the folder it was in is gone', async () => {
    const from = await changed('parallel', {});
    await writeFile(join(from, 'tokenizer.json'), '{"added_tokens":[{"id":1,"content":"<|padding|>"}]}');
    await writeFile(join(from, 'merges.txt'), 'a b');
    const model = await loadPretrained(from);
    await rm(from, { recursive: true });
    const to = join(directory, 'with-tokenizer');
    await savePretrained(model, to);
    expect((await readdir(to)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'merges.txt',
      'model.safetensors',
      'tokenizer.json',
    ]);
    // A reward model made from it has the tokenizer too, and pads with its padding token.
    const rewardModel = createRewardModel(model, { seed: 1 });
    await saveRewardModel(rewardModel, join(directory, 'reward-with-tokenizer'));
    expect(await readFile(join(directory, 'reward-with-tokenizer', 'merges.txt'), 'utf8')).toBe('a b');
    expect(rewardModel.configuration.paddingToken).toBe(1);
    // Another tokenizer by name; one that is not there is an error before anything is written.
    const other = createModel({ vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 });
    await savePretrained(other, join(directory, 'other'), { tokenizer: to });
    expect(await readFile(join(directory, 'other', 'merges.txt'), 'utf8')).toBe('a b');
    await expect(
      savePretrained(other, join(directory, 'never'), { tokenizer: directory }),
    ).rejects.toMatchObject({ code: 'checkpoint-not-found', file: join(directory, 'tokenizer.json') });
    await expect(readdir(join(directory, 'never'))).rejects.toThrow();
    for (const one of [model, rewardModel, other]) one.dispose();
  });

  it('takes a stored head that is not the embedding, whatever tie_word_embeddings says', async () => {
    const embedding = 'gpt_neox.embed_in.weight';
    const [own, same] = [
      await changed('parallel', { config: { tie_word_embeddings: true } }),
      await changed('parallel', {
        config: { tie_word_embeddings: true },
        tensors: (all) => all.set('embed_out.weight', all.get(embedding)!),
      }),
    ];
    const before = tf.memory().numTensors;
    const [untied, tied, original] = [
      await loadPretrained(own),
      await loadPretrained(same),
      await loadPretrained(fixture('parallel')),
    ];
    expect(untied.configuration.tieWordEmbeddings).toBe(false);
    expect(untied.parameters.get('embed_out.weight')!.dataSync()).toEqual(
      original.parameters.get('embed_out.weight')!.dataSync(),
    );
    expect(tied.configuration.tieWordEmbeddings).toBe(true);
    expect(tied.parameters.has('embed_out.weight')).toBe(false);
    for (const [folder, model] of [
      [own, untied],
      [same, tied],
    ] as const) {
      const sizes = [...model.parameters.values()].map(({ size }) => size);
      expect((await storedModelSize(folder)).parameters).toBe(sizes.reduce((sum, size) => sum + size, 0));
    }
    const to = join(directory, 'own-head');
    await savePretrained(untied, to);
    expect(JSON.parse(await readFile(join(to, 'config.json'), 'utf8'))).toMatchObject({
      tie_word_embeddings: false,
    });
    for (const model of [untied, tied, original]) model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves nothing of the tokenizer or the kind of model that was in the folder', async () => {
    const tokenizer = async (files: Record<string, string>): Promise<string> => {
      const folder = await mkdtemp(join(directory, 'tokenizer-'));
      await mkdir(join(folder, 'additional_chat_templates'));
      for (const [name, text] of Object.entries({ 'tokenizer.json': '{}', ...files }))
        await writeFile(join(folder, name), text);
      return folder;
    };
    const first = await tokenizer({
      'chat_template.jinja': 'of the first',
      'additional_chat_templates/tool_use.jinja': 'with tools',
      'additional_chat_templates/notes.txt': 'no template',
      'special_tokens_map.json': '{"eos_token":"<A>"}',
      'tokenizer.model': "SentencePiece's",
    });
    const second = await tokenizer({ 'additional_chat_templates/rag.jinja': 'of the second' });
    const known = ['tokenizer.json', 'special_tokens_map.json', 'tokenizer.model', 'chat_template.jinja'];
    expect(await companionNames(first)).toEqual([...known, 'additional_chat_templates/tool_use.jinja']);
    const filesIn = async (folder: string): Promise<string[]> =>
      (await readdir(folder, { recursive: true })).filter(
        (name) => !/^(config.json|model.safetensors)$/.test(name),
      );
    const model = createModel({ vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 });
    const to = join(directory, 'twice');
    await savePretrained(model, to, { tokenizer: first });
    expect((await filesIn(to)).sort()).toEqual([
      'additional_chat_templates',
      join('additional_chat_templates', 'tool_use.jinja'),
      'chat_template.jinja',
      'generation_config.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer.model',
    ]);
    const loaded = await loadPretrained(to);
    const again = join(directory, 'twice-again');
    await savePretrained(loaded, again);
    expect((await filesIn(again)).sort()).toEqual((await filesIn(to)).sort());
    await savePretrained(model, to, { tokenizer: second });
    const ofSecond = [
      'additional_chat_templates',
      join('additional_chat_templates', 'rag.jinja'),
      'generation_config.json',
      'tokenizer.json',
    ];
    expect((await filesIn(to)).sort()).toEqual(ofSecond);
    // Nor what is a language model's or a reward model's alone; a tokenizer that is there stays where none is written.
    const rewardModel = createRewardModel(model, { seed: 1 });
    await saveRewardModel(rewardModel, to);
    expect(await filesIn(to)).not.toContain('generation_config.json');
    expect(await filesIn(to)).toEqual(expect.arrayContaining(['README.md', 'tokenizer.json']));
    await savePretrained(model, to);
    expect((await filesIn(to)).sort()).toEqual(ofSecond);
    // A chat template alone is no tokenizer.
    const bare = join(directory, 'template-only');
    await savePretrained(model, bare);
    await writeFile(join(bare, 'chat_template.jinja'), 'of another');
    const templated = await loadPretrained(bare);
    await savePretrained(templated, to);
    expect(await filesIn(to)).toEqual(expect.arrayContaining(['chat_template.jinja', 'tokenizer.json']));
    await writeFile(join(to, 'README.md'), 'of the user');
    for (const save of [() => savePretrained(model, to), () => saveRewardModel(rewardModel, to)]) {
      await save();
      expect(await readFile(join(to, 'README.md'), 'utf8')).toBe('of the user');
    }
    for (const one of [model, loaded, rewardModel, templated]) one.dispose();
  });

  it('refuses an offset of a reward model that is no finite number', async () => {
    const from = { vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 };
    const model = createRewardModel(from, { seed: 1 });
    const to = join(directory, 'offset');
    for (const offset of [Number.NaN, Number.POSITIVE_INFINITY]) {
      model.offset = offset;
      await expect(saveRewardModel(model, to)).rejects.toMatchObject({ code: 'not-finite' });
    }
    model.offset = 0.5;
    await saveRewardModel(model, to);
    model.dispose();
    const config = JSON.parse(await readFile(join(to, 'config.json'), 'utf8')) as object;
    await writeFile(join(to, 'config.json'), JSON.stringify({ ...config, ais_score_offset: null }));
    await expect(loadRewardModel(to)).rejects.toMatchObject({ code: 'checkpoint-corrupt', found: 'null' });
  });

  it('does not count to the layers that a configuration claims', async () => {
    const path = await changed('parallel', { config: { num_hidden_layers: 2 ** 52 } });
    await expect(loadPretrained(path)).rejects.toMatchObject({
      code: 'missing-tensor',
      tensor: 'gpt_neox.layers.3.input_layernorm.weight',
    });
  });

  it('says which file is missing', async () => {
    await expect(loadPretrained(join(directory, 'nowhere'))).rejects.toMatchObject({
      code: 'checkpoint-not-found',
      file: join(directory, 'nowhere'),
    });
    const without = await changed('parallel', {});
    await rm(join(without, 'model.safetensors'));
    await expect(loadPretrained(without)).rejects.toMatchObject({
      code: 'checkpoint-not-found',
      file: join(without, 'model.safetensors'),
    });
  });

  it('takes the place of an adapter, whose files transformers would add to the model', async () => {
    const model = createModel({ vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 });
    const to = join(directory, 'over-adapter');
    await saveAdapter(model, addLora(model, { rank: 1, seed: 1 }), to);
    await savePretrained(model, to);
    expect((await readdir(to)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ]);
    model.dispose();
  });

  it.each([1e9, 500])(
    'leaves no weights beside a configuration of another model where it fails in between: %d',
    async (maxShardBytes) => {
      const sizes = { vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 };
      const [model, other] = [sizes, { ...sizes, layerCount: 2 }].map((each) =>
        createModel(each, { seed: 1 }),
      ) as [CausalLanguageModel, CausalLanguageModel];
      for (const blocked of ['config.json', 'generation_config.json']) {
        const to = await mkdtemp(join(directory, 'between-'));
        await savePretrained(model, to, { maxShardBytes });
        // A folder in its place: nothing can be renamed to its name.
        await rm(join(to, blocked));
        await mkdir(join(to, blocked, 'x'), { recursive: true });
        await expect(savePretrained(other, to, { maxShardBytes })).rejects.toMatchObject({
          name: 'FileError',
        });
        expect((await readdir(to)).filter((name) => name.includes('safetensors'))).toEqual([]);
      }
      for (const one of [model, other]) one.dispose();
    },
  );

  it('says where it cannot write, and leaves what was there', async () => {
    const model = createModel({ vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 });
    const blocked = join(directory, 'file');
    await writeFile(blocked, '');
    await expect(savePretrained(model, join(blocked, 'model'))).rejects.toMatchObject({
      name: 'FileError',
      code: 'not-writable',
    });
    const kept = join(directory, 'kept');
    await mkdir(join(kept, 'config.json'), { recursive: true });
    await writeFile(join(kept, 'other'), 'x');
    await expect(savePretrained(model, kept)).rejects.toMatchObject({
      name: 'FileError',
      code: 'not-writable',
    });
    expect((await readdir(kept)).sort()).toEqual(expect.arrayContaining(['config.json', 'other']));
    expect((await readdir(kept)).filter((name) => name.startsWith('.'))).toEqual([]);
    model.dispose();
    await expect(savePretrained(model, join(directory, 'disposed'))).rejects.toMatchObject({
      code: 'disposed',
    });
  });
});

describe('createModel', () => {
  it('initializes as transformers does, by seed', () => {
    const options = { vocabularySize: 512, hiddenSize: 64, layerCount: 1, headCount: 4 };
    const [a, b, c] = [1, 1, 2].map((seed) => createModel(options, { seed })) as [
      ReturnType<typeof createModel>,
      ReturnType<typeof createModel>,
      ReturnType<typeof createModel>,
    ];
    for (const [name, variable] of a.parameters) {
      const values = variable.dataSync<'float32'>();
      expect(b.parameters.get(name)!.dataSync()).toEqual(values);
      if (name.endsWith('bias')) expect(new Set(values)).toEqual(new Set([0]));
      else if (name.includes('norm')) expect(new Set(values)).toEqual(new Set([1]));
      else {
        expect(c.parameters.get(name)!.dataSync()).not.toEqual(values);
        const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
        // Five standard errors of a standard deviation estimated from this many draws.
        expect(Math.abs(deviation / 0.02 - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length));
      }
    }
    for (const model of [a, b, c]) model.dispose();
    expect(() => a.logits([[1]])).toThrow(expect.objectContaining({ code: 'disposed' }));
  });
});
