import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HubServer } from '../../runtime/test/hub-server.js';
import { openSafetensors, type TensorToWrite, writeSafetensors } from '../src/checkpoint/safetensors.js';
import {
  addLora,
  createModel,
  loadPretrained,
  loadRewardModel,
  locateModel,
  saveAdapter,
  savePretrained,
} from '../src/index.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const peft = (name: string): string => join(FIXTURES, 'peft', name);
const base = (name: string): string => join(FIXTURES, 'families', name);

interface Golden {
  readonly tokens: number[][];
  readonly logits: number[][][];
}

let directory: string;
let golden: Record<string, Golden>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peft-'));
  vi.stubEnv('AIS_CACHE_DIRECTORY', join(directory, 'cache'));
  golden = {};
  for (const name of await readdir(join(FIXTURES, 'peft'))) {
    golden[name] = JSON.parse(await readFile(join(peft(name), 'golden.json'), 'utf8')) as Golden;
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

async function logitsOf(...load: Parameters<typeof loadPretrained>): Promise<Float32Array> {
  const model = await loadPretrained(...load);
  const logits = model.logits(golden['llama']?.tokens ?? []);
  const values = await logits.data<'float32'>();
  logits.dispose();
  model.dispose();
  return values;
}

function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(actual).reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (expected[index] as number))),
    0,
  );
}

describe("an adapter of Python's peft", () => {
  it.each(['gpt-neox', 'gpt2', 'llama'])('gives the logits of peft: %s', async (name) => {
    const expected = golden[name]!.logits.flat(2);
    expect(difference(await logitsOf(peft(name)), expected)).toBeLessThan(1e-4);
    // With its base given, and as the folder that locateModel merges it into.
    expect(difference(await logitsOf(base(name), { adapter: peft(name) }), expected)).toBeLessThan(1e-4);
    expect(difference(await logitsOf(await locateModel(peft(name))), expected)).toBeLessThan(1e-4);
    // The adapter changes what the base computes.
    expect(difference(await logitsOf(base(name)), expected)).toBeGreaterThan(0.1);
  });

  it('gives the scores of peft, on the language model that it was trained on', async () => {
    const { tokens, logits } = golden['llama-score']!;
    for (const model of [
      await loadRewardModel(peft('llama-score')),
      await loadRewardModel(base('llama'), { adapter: peft('llama-score') }),
    ]) {
      const scores = model.scores(tokens);
      expect(difference(await scores.data(), logits.flat(2))).toBeLessThan(1e-4);
      scores.dispose();
      model.dispose();
    }
    await expect(loadPretrained(peft('llama-score'))).rejects.toMatchObject({
      code: 'unsupported-architecture',
      found: 'LlamaForSequenceClassification',
    });
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await logitsOf(peft('gpt2'));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is merged into the cache once, and again if it changes', async () => {
    const own = join(directory, 'own');
    await cp(peft('llama'), own, { recursive: true });
    await edit(own, { base_model_name_or_path: base('llama') });
    const folder = await locateModel(own);
    const written = await stat(join(folder, 'model.safetensors'));
    expect(await locateModel(own)).toBe(folder);
    expect((await stat(join(folder, 'model.safetensors'))).ino).toBe(written.ino);
    await edit(own, { lora_alpha: 9 });
    expect(await locateModel(own)).not.toBe(folder);
  });

  it('is merged in float32, and the configuration says so', async () => {
    const [own, former] = [join(directory, 'typed'), join(directory, 'typed-base')];
    await cp(peft('llama'), own, { recursive: true });
    await cp(base('llama'), former, { recursive: true });
    const config = JSON.parse(await readFile(join(former, 'config.json'), 'utf8')) as object;
    const typed = { ...config, dtype: 'bfloat16', torch_dtype: 'bfloat16' };
    await writeFile(join(former, 'config.json'), JSON.stringify(typed));
    await edit(own, { base_model_name_or_path: former });
    const merged = await readFile(join(await locateModel(own), 'config.json'), 'utf8');
    expect(JSON.parse(merged)).toMatchObject({ dtype: 'float32', torch_dtype: 'float32' });
  });

  it('brings its tokenizer, and the base has the rest', async () => {
    const own = join(directory, 'with-tokenizer');
    await cp(peft('llama'), own, { recursive: true });
    await edit(own, { base_model_name_or_path: base('llama') });
    await writeFile(join(own, 'chat_template.jinja'), 'its own');
    await mkdir(join(own, 'additional_chat_templates'));
    await writeFile(join(own, 'additional_chat_templates', 'rag.jinja'), 'another of its own');
    const merged = await locateModel(own);
    expect(await readFile(join(merged, 'chat_template.jinja'), 'utf8')).toBe('its own');
    expect(await readFile(join(merged, 'additional_chat_templates', 'rag.jinja'), 'utf8')).toBe(
      'another of its own',
    );
  });

  it('adds to an output head that peft stored beside the factors', async () => {
    const [own, head] = [join(directory, 'on-head'), 'base_model.model.lm_head'];
    await cp(peft('llama'), own, { recursive: true });
    await edit(own, { base_model_name_or_path: base('llama'), r: 1, lora_alpha: 2, rank_pattern: {} });
    const [up, down] = [
      Float32Array.from({ length: 64 }, (_, row) => row % 5),
      new Float32Array(16).fill(0.25),
    ];
    const factors = [
      { name: `${head}.lora_A.weight`, shape: [1, 16], values: async () => down },
      { name: `${head}.lora_B.weight`, shape: [64, 1], values: async () => up },
    ];
    const stored = await openSafetensors(join(base('llama'), 'model.safetensors'));
    const weight = await stored.read('lm_head.weight');
    await stored.close();
    const whole = {
      name: `${head}.base_layer.weight`,
      shape: [64, 16],
      values: async () => weight.map((x) => 2 * x),
    };
    const headOf = async (tensors: TensorToWrite[]): Promise<Float32Array> => {
      await writeSafetensors(join(own, 'adapter_model.safetensors'), tensors);
      const model = await loadPretrained(own);
      const values = await model.parameters.get('lm_head.weight')!.data<'float32'>();
      model.dispose();
      return values;
    };
    // W + (α/r)·B·A, with r = 1, α = 2, and each number of A a quarter.
    const sum = (factor: number) => weight.map((x, at) => factor * x + 0.5 * (Math.floor(at / 16) % 5));
    expect(difference(await headOf(factors), sum(1))).toBeLessThan(1e-6);
    expect(difference(await headOf([whole, ...factors]), sum(2))).toBeLessThan(1e-6);
    // Where the base's head is its embedding, the sum would be a head of its own.
    const tied = await tiedLlama();
    await expect(loadPretrained(tied, { adapter: own })).rejects.toMatchObject({
      code: 'unsupported-adapter',
      tensor: `${head}.lora_A.weight`,
    });
  });

  it('replaces the one matrix of a tied base that peft stored under both names', async () => {
    const own = join(directory, 'tied-whole');
    await cp(peft('llama'), own, { recursive: true });
    const path = join(own, 'adapter_model.safetensors');
    const stored = await openSafetensors(path);
    const factors: TensorToWrite[] = [];
    for (const [name, { shape }] of stored.entries) {
      const values = await stored.read(name);
      if (name.includes('.lora_')) factors.push({ name, shape, values: async () => values });
    }
    await stored.close();
    const matrix = Float32Array.from({ length: 64 * 16 }, (_, at) => Math.sin(at));
    const whole = (name: string, values = matrix): TensorToWrite => ({
      name: `base_model.model.${name}.weight`,
      shape: [64, 16],
      values: async () => values,
    });
    const tied = await tiedLlama();
    const load = async (...tensors: TensorToWrite[]): Promise<Float32Array> => {
      await writeSafetensors(path, [...factors, ...tensors]);
      const model = await loadPretrained(tied, { adapter: own });
      const values = await model.parameters.get('model.embed_tokens.weight')!.data<'float32'>();
      model.dispose();
      return values;
    };
    const [embedding, head] = ['model.embed_tokens', 'lm_head'] as const;
    expect(await load(whole(embedding), whole(head))).toEqual(matrix);
    const other = matrix.with(1023, 2);
    const refused = { code: 'unsupported-adapter' };
    await expect(load(whole(embedding), whole(head, other))).rejects.toMatchObject(refused);
    await expect(load(whole(embedding))).rejects.toMatchObject(refused);
    await expect(load(whole(head))).rejects.toMatchObject(refused);
  });

  it('comes from the Hub', async () => {
    const files = new Map<string, Uint8Array>();
    for (const name of ['adapter_config.json', 'adapter_model.safetensors']) {
      files.set(name, await readFile(join(peft('gpt2'), name)));
    }
    const config = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as object;
    const local = JSON.stringify({ ...config, base_model_name_or_path: base('gpt2') });
    files.set('adapter_config.json', new TextEncoder().encode(local));
    const repository = { kind: 'model', repository: 'owner/adapter', commit: 'c'.repeat(40) } as const;
    const hub = await HubServer.start({ ...repository, files });
    try {
      const options = { endpoint: hub.endpoint, cacheDirectory: join(directory, 'hub') };
      const expected = golden['gpt2']!.logits.flat(2);
      expect(difference(await logitsOf('owner/adapter', options), expected)).toBeLessThan(1e-4);
      const given = { ...options, adapter: 'owner/adapter' };
      expect(difference(await logitsOf(base('gpt2'), given), expected)).toBeLessThan(1e-4);
    } finally {
      await hub.close();
    }
  });

  it.each([
    ['tokenizer.json', "the adapter's tokenizer and all that belongs to it"],
    ['nothing', "the base's tokenizer"],
  ])('brings its own template with %s: %s', async (with_) => {
    const [own, of] = [join(directory, `template-${with_}`), join(directory, `base-of-${with_}`)];
    await cp(peft('llama'), own, { recursive: true });
    await cp(base('llama'), of, { recursive: true });
    await edit(own, { base_model_name_or_path: of });
    await writeFile(join(of, 'chat_template.jinja'), 'of the base');
    await writeFile(join(of, 'tokenizer.json'), '{"base":true}');
    await writeFile(join(own, 'tokenizer_config.json'), '{"chat_template":"its own"}');
    if (with_ === 'tokenizer.json') await writeFile(join(own, 'tokenizer.json'), '{"own":true}');
    const merged = await locateModel(own);
    expect(await readdir(merged)).not.toContain('chat_template.jinja');
    expect(await readFile(join(merged, 'tokenizer_config.json'), 'utf8')).toContain('its own');
    expect(await readFile(join(merged, 'tokenizer.json'), 'utf8')).toContain(
      with_ === 'nothing' ? 'base' : 'own',
    );
  });

  it('is merged into a bare checkpoint, which leaves prefixes out', async () => {
    const bare = join(directory, 'bare');
    await cp(base('gpt2'), bare, { recursive: true });
    const file = join(bare, 'model.safetensors');
    const stored = await openSafetensors(file);
    const tensors: TensorToWrite[] = [];
    for (const [name, { shape }] of stored.entries) {
      const values = await stored.read(name);
      tensors.push({ name: name.replace('transformer.', ''), shape, values: async () => values });
    }
    await stored.close();
    await writeSafetensors(file, tensors);
    const own = join(directory, 'on-bare');
    await cp(peft('gpt2'), own, { recursive: true });
    await edit(own, { base_model_name_or_path: bare });
    const expected = golden['gpt2']!.logits.flat(2);
    expect(difference(await logitsOf(own), expected)).toBeLessThan(1e-4);
    expect(difference(await logitsOf(await locateModel(own)), expected)).toBeLessThan(1e-4);
  });

  it('is for the revision of its base that it names', async () => {
    const files = new Map<string, Uint8Array>();
    for (const name of ['config.json', 'model.safetensors']) {
      files.set(name, await readFile(join(base('gpt2'), name)));
    }
    const commit = 'd'.repeat(40);
    const hub = await HubServer.start({ kind: 'model', repository: 'owner/base', commit, files });
    try {
      const options = { endpoint: hub.endpoint, cacheDirectory: join(directory, 'hub-of-base') };
      const own = join(directory, 'at-revision');
      await cp(peft('gpt2'), own, { recursive: true });
      await edit(own, { base_model_name_or_path: 'owner/base', revision: commit });
      // The caller's is that of the adapter.
      await logitsOf(own, { ...options, revision: 'of-the-adapter' });
      expect(hub.requests.some(({ path }) => path.includes(`/tree/${commit}`))).toBe(true);
      expect(hub.requests.every(({ path }) => !/revision\/main|of-the-adapter/.test(path))).toBe(true);
      await edit(own, { revision: 'v9' });
      await expect(loadPretrained(own, options)).rejects.toMatchObject({
        code: 'checkpoint-not-found',
        message: expect.stringContaining('no revision v9'),
      });
      for (const revision of [null, '']) {
        await edit(own, { revision });
        await logitsOf(own, options);
      }
    } finally {
      await hub.close();
    }
  });

  it('may have an adapter as its base', async () => {
    const [first, second] = ['first', 'second'].map((name) => join(directory, name)) as [string, string];
    const model = await loadPretrained(peft('gpt2'));
    await savePretrained(model, join(directory, 'merged'));
    model.dispose();
    await cp(peft('gpt2'), second, { recursive: true });
    await cp(peft('gpt2'), first, { recursive: true });
    await edit(first, { base_model_name_or_path: base('gpt2') });
    await edit(second, { base_model_name_or_path: '../first' });
    const expected = await logitsOf(join(directory, 'merged'), { adapter: peft('gpt2') });
    expect(difference(await logitsOf(second), expected)).toBeLessThan(1e-5);
    await edit(first, { base_model_name_or_path: '../second' });
    await expect(loadPretrained(second)).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringContaining('its own base model'),
    });
  });
});

/** The Llama of the fixtures, with its embedding as its head. */
async function tiedLlama(): Promise<string> {
  const folder = await mkdtemp(join(directory, 'tied-'));
  await cp(base('llama'), folder, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, tie_word_embeddings: true }));
  const file = join(folder, 'model.safetensors');
  const stored = await openSafetensors(file);
  const tensors: TensorToWrite[] = [];
  for (const [name, { shape }] of stored.entries) {
    const values = await stored.read(name);
    if (name !== 'lm_head.weight') tensors.push({ name, shape, values: async () => values });
  }
  await stored.close();
  await writeSafetensors(file, tensors);
  return folder;
}

async function edit(folder: string, keys: Record<string, unknown>): Promise<void> {
  const file = join(folder, 'adapter_config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...config, ...keys }));
}

describe('what is wrong with an adapter', () => {
  async function adapter(keys: Record<string, unknown> = {}): Promise<string> {
    const folder = await mkdtemp(join(directory, 'wrong-'));
    await cp(peft('llama'), folder, { recursive: true });
    await edit(folder, { base_model_name_or_path: base('llama'), ...keys });
    return folder;
  }

  it.each<[Record<string, unknown>, string, RegExp]>([
    [{ peft_type: 'LOHA' }, 'unsupported-adapter', /peft_type.*Expected "LORA", found "LOHA"/],
    [{ peft_type: undefined }, 'unsupported-adapter', /peft_type/],
    [{ task_type: 'SEQ_2_SEQ_LM' }, 'unsupported-adapter', /task_type.*SEQ_2_SEQ_LM/],
    [{ use_dora: true }, 'unsupported-adapter', /use_dora/],
    [{ use_qalora: true }, 'unsupported-adapter', /use_qalora/],
    [{ lora_bias: true }, 'unsupported-adapter', /lora_bias/],
    [{ layer_replication: [[0, 1]] }, 'unsupported-adapter', /layer_replication/],
    [{ trainable_token_indices: [1] }, 'unsupported-adapter', /trainable_token_indices/],
    [{ target_parameters: ['x'] }, 'unsupported-adapter', /target_parameters/],
    [{ something_new: { a: 1 } }, 'unsupported-adapter', /something_new/],
    [{ init_lora_weights: 'pissa' }, 'unsupported-adapter', /init_lora_weights.*pissa/],
    [{ rank_pattern: { '.*q_proj': 2 } }, 'unsupported-adapter', /rank_pattern.*not regular expressions/],
    [{ rank_pattern: { q_proj: 0 } }, 'checkpoint-corrupt', /rank_pattern/],
    [{ alpha_pattern: [1] }, 'checkpoint-corrupt', /alpha_pattern/],
    [{ r: 2.5 }, 'checkpoint-corrupt', /its r is wrong\. Expected an integer ≥ 1, found 2\.5/],
    [{ lora_alpha: -1 }, 'checkpoint-corrupt', /lora_alpha/],
    [{ use_rslora: 'yes' }, 'checkpoint-corrupt', /use_rslora/],
    [{ revision: 3 }, 'checkpoint-corrupt', /revision is wrong\. Expected a branch, tag, or commit, found 3/],
    [{ base_model_name_or_path: 3 }, 'checkpoint-corrupt', /base_model_name_or_path/],
    [
      { base_model_name_or_path: null },
      'peft-adapter',
      /does not say of which model.*Set base_model_name_or_path/,
    ],
    [{ base_model_name_or_path: '/nowhere/base' }, 'peft-adapter', /not here \(\/nowhere\/base\)/],
    [{ r: 8 }, 'wrong-shape', /Expected \[8, 24\], found \[4, 24\]/],
  ])('refuses %j', async (keys, code, message) => {
    const folder = await adapter(keys);
    for (const load of [loadPretrained, locateModel]) {
      await expect(load(folder)).rejects.toMatchObject({
        name: 'CheckpointError',
        code,
        message: expect.stringMatching(message),
      });
    }
  });

  it('names what does not fit another base, by name and shape', async () => {
    await expect(loadPretrained(base('gpt2'), { adapter: peft('llama') })).rejects.toMatchObject({
      code: 'adapter-mismatch',
      exit: 'usage',
      message: expect.stringMatching(
        /families\/gpt2: it was trained on another.*down_proj of \[16, 24\] \(the base has none\).*and 3 more/,
      ),
    });
    const other = join(directory, 'wider');
    const model = createModel(
      { vocabularySize: 64, hiddenSize: 32, layerCount: 2, headCount: 4 },
      { seed: 1 },
    );
    await savePretrained(model, other);
    model.dispose();
    await expect(loadPretrained(other, { adapter: peft('gpt-neox') })).rejects.toMatchObject({
      code: 'adapter-mismatch',
      message: expect.stringMatching(/dense of \[16, 16\] \(the base has \[32, 32\]\)/),
    });
  });

  it.each<[string, (tensors: Map<string, TensorToWrite>) => void, string, RegExp]>([
    ['no tensors', (tensors) => tensors.clear(), 'missing-tensor', /no A and B/],
    ['A without B', (tensors) => drop(tensors, /0.*down_proj\.lora_B/), 'missing-tensor', /A and B/],
    ['B without A', (tensors) => drop(tensors, /0.*down_proj\.lora_A/), 'missing-tensor', /A and B/],
    [
      'DoRA',
      (tensors) => add(tensors, 'base_model.model.x.lora_magnitude_vector'),
      'unsupported-adapter',
      /DoRA/,
    ],
    [
      'an embedding',
      (tensors) => add(tensors, 'base_model.model.x.lora_embedding_A'),
      'unsupported-adapter',
      /embeddings/,
    ],
    [
      'a bias of B',
      (tensors) => add(tensors, 'base_model.model.x.lora_B.bias'),
      'unsupported-adapter',
      /LoRA/,
    ],
    ['other names', (tensors) => add(tensors, 'model.x.weight'), 'unexpected-tensor', /base_model\.model\./],
    [
      'a module too many',
      (tensors) => add(tensors, 'base_model.model.x.weight'),
      'adapter-mismatch',
      /x\.weight of \[1\]/,
    ],
  ])('refuses weights with %s', async (_, change, code, message) => {
    const folder = await adapter();
    const path = join(folder, 'adapter_model.safetensors');
    const file = await openSafetensors(path);
    const tensors = new Map<string, TensorToWrite>();
    for (const [name, { shape }] of file.entries) {
      const values = await file.read(name);
      tensors.set(name, { name, shape, values: async () => values });
    }
    await file.close();
    change(tensors);
    await writeSafetensors(path, [...tensors.values()]);
    await expect(loadPretrained(folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses to untie a head', async () => {
    const folder = await adapter();
    const tied = await tiedLlama();
    await expect(loadPretrained(tied, { adapter: folder })).rejects.toMatchObject({
      code: 'unsupported-adapter',
      tensor: 'base_model.model.lm_head.weight',
    });
  });

  it('says so where weights are missing, are of PyTorch, or where there is no adapter', async () => {
    const folder = await adapter();
    await rm(join(folder, 'adapter_model.safetensors'));
    await expect(loadPretrained(folder)).rejects.toMatchObject({
      code: 'peft-adapter',
      message: expect.stringContaining('without its weights'),
    });
    await writeFile(join(folder, 'adapter_model.bin'), '');
    await expect(loadPretrained(folder)).rejects.toMatchObject({
      code: 'peft-adapter',
      message: expect.stringMatching(/adapter_model\.bin.*save_pretrained/),
    });
    await expect(loadPretrained(base('llama'), { adapter: base('llama') })).rejects.toMatchObject({
      code: 'checkpoint-not-found',
      message: expect.stringContaining('has no adapter'),
    });
  });
});

function drop(tensors: Map<string, TensorToWrite>, pattern: RegExp): void {
  for (const name of tensors.keys()) if (pattern.test(name)) tensors.delete(name);
}

function add(tensors: Map<string, TensorToWrite>, name: string): void {
  tensors.set(name, { name, shape: [1], values: async () => new Float32Array(1) });
}

describe('saveAdapter', () => {
  it("writes what peft wrote, but for peft's own defaults", async () => {
    const folder = join(directory, 'written');
    const source = await openSafetensors(join(peft('gpt2'), 'adapter_model.safetensors'));
    const parameters = new Map<string, tf.Tensor>();
    for (const [name, { shape }] of source.entries) {
      if (!name.includes('.lora_')) continue;
      parameters.set(name.replace('base_model.model.', ''), tf.tensor(await source.read(name), [...shape]));
    }
    const model = await loadPretrained(base('gpt2'));
    await saveAdapter(model, { rank: 3, alpha: 6, parameters }, folder);
    const written = await openSafetensors(join(folder, 'adapter_model.safetensors'));
    expect([...written.entries.keys()]).toEqual(
      [...source.entries.keys()].filter((name) => name.includes('.lora_')),
    );
    for (const name of written.entries.keys())
      expect(await written.read(name)).toEqual(await source.read(name));
    const [own, theirs] = await Promise.all(
      [folder, peft('gpt2')].map(
        async (at) =>
          JSON.parse(await readFile(join(at, 'adapter_config.json'), 'utf8')) as Record<string, unknown>,
      ),
    );
    const sorted = ({ target_modules: modules, ...rest }: Record<string, unknown>) => ({
      ...rest,
      target_modules: [...(modules as string[])].sort(),
    });
    const expected = { ...theirs!, base_model_name_or_path: base('gpt2'), bias: 'none' };
    expect(sorted(expected)).toMatchObject(sorted(own!));
    await Promise.all([source.close(), written.close()]);
    tf.dispose([...parameters.values()]);
    model.dispose();
  });

  it('writes half precision, and refuses what it cannot hold', async () => {
    const model = await loadPretrained(base('llama'));
    const name = 'model.layers.0.self_attn.q_proj';
    const save = async (value: number): Promise<void> => {
      const parameters = new Map([
        [`${name}.lora_A.weight`, tf.fill([1, 16], value)],
        [`${name}.lora_B.weight`, tf.ones([16, 1])],
      ]);
      const adapter = { rank: 1, alpha: 1, parameters };
      const saved = saveAdapter(model, adapter, join(directory, 'half'), { dtype: 'float16' });
      await saved.finally(() => tf.dispose([...parameters.values()]));
    };
    await expect(save(7e4)).rejects.toMatchObject({ code: 'beyond-range' });
    await save(0.1);
    const written = await openSafetensors(join(directory, 'half', 'adapter_model.safetensors'));
    expect(Array.from(written.entries.values(), ({ dtype }) => dtype)).toEqual(['F16', 'F16']);
    const values = await written.read(`base_model.model.${name}.lora_A.weight`);
    expect(values[0]).toBe(1638 / 2 ** 14);
    await written.close();
    model.dispose();
  });

  it("names a repository and its commit, not its place in the Hub's cache", async () => {
    const snapshot = join(directory, 'cache-of-hub', 'models--owner--name', 'snapshots', 'c'.repeat(40));
    await mkdir(snapshot, { recursive: true });
    await cp(base('llama'), snapshot, { recursive: true });
    const model = await loadPretrained(snapshot);
    const name = 'model.layers.0.self_attn.q_proj';
    const parameters = new Map([
      [`${name}.lora_A.weight`, tf.ones([1, 16])],
      [`${name}.lora_B.weight`, tf.ones([32, 1])],
    ]);
    const folder = join(directory, 'of-hub');
    await saveAdapter(model, { rank: 1, alpha: 1, parameters }, folder);
    const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as object;
    expect(config).toMatchObject({
      base_model_name_or_path: 'owner/name',
      revision: 'c'.repeat(40),
      target_modules: ['q_proj'],
    });
    await saveAdapter(model, { rank: 1, alpha: 1, parameters }, folder, { base: 'owner/other' });
    expect(JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8'))).toMatchObject({
      base_model_name_or_path: 'owner/other',
      revision: null,
    });
    await expect(
      saveAdapter(model, { rank: 1, alpha: 1, parameters: new Map() }, folder),
    ).rejects.toMatchObject({ code: 'invalid-option' });
    tf.dispose([...parameters.values()]);
    model.dispose();
  });

  it('refuses the folder of a model, and leaves no factors beside the configuration of others', async () => {
    const options = { vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 };
    const model = createModel(options, { seed: 1 });
    const adapter = addLora(model, { rank: 1, seed: 1 });
    for (const maxShardBytes of [1e9, 500]) {
      const of = await mkdtemp(join(directory, 'of-model-'));
      await savePretrained(model, of, { maxShardBytes });
      const before = await readdir(of);
      await expect(saveAdapter(model, adapter, of)).rejects.toMatchObject({
        code: 'invalid-option',
        message: expect.stringContaining(`Give a folder of its own, such as ${join(of, 'adapter')}.`),
      });
      expect(await readdir(of)).toEqual(before);
    }
    const folder = join(directory, 'between');
    await saveAdapter(model, adapter, folder);
    await rm(join(folder, 'adapter_config.json'));
    await mkdir(join(folder, 'adapter_config.json', 'x'), { recursive: true });
    await expect(saveAdapter(model, adapter, folder)).rejects.toMatchObject({ name: 'FileError' });
    expect(await readdir(folder)).toEqual(['adapter_config.json']);
    model.dispose();
  });

  it('does not name another adapter as the base, nor a place that is no path', async () => {
    const folder = join(directory, 'of-what');
    const saved = async (...load: Parameters<typeof loadPretrained>): Promise<unknown> => {
      const model = await loadPretrained(...load);
      try {
        await saveAdapter(model, addLora(model, { rank: 1, seed: 1 }), folder);
        const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as object;
        return (config as { base_model_name_or_path: unknown }).base_model_name_or_path;
      } finally {
        model.dispose();
      }
    };
    expect(await saved(base('llama'))).toBe(base('llama'));
    const contents = Object.fromEntries(
      await Promise.all(
        ['config.json', 'model.safetensors'].map(
          async (name) => [name, new Uint8Array(await readFile(join(base('llama'), name)))] as const,
        ),
      ),
    );
    expect(await saved(contents)).toBe(null);
    // The base alone is not what the new adapter was made on.
    expect(await saved(base('llama'), { adapter: peft('llama') })).toBe(null);
  });
});
