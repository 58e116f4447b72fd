import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createModel,
  createRewardModel,
  LanguageModelError,
  loadPretrained,
  loadRewardModel,
  savePretrained,
  saveRewardModel,
} from '@ais/language-model';
import { type Random, useBackend } from '@ais/runtime';
import { edgeInteger, joined, mutateBytes } from '../mutate-bytes.js';
import { mutateJson } from '../mutate-json.js';
import type { Files, FuzzTarget } from '../target.js';

const SMALL = {
  vocabularySize: 8,
  hiddenSize: 8,
  layerCount: 1,
  headCount: 2,
  intermediateSize: 16,
  rotaryFraction: 0.5,
};
const WEIGHTS = 'model.safetensors';
/** Which seed is the reward model. */
const SCORES = 3;
/** What a reader may take for something else. */
const WORDS = [
  ...'F64 F32 F16 BF16 F8_E4M3 F8_E5M2 F6_E2M3 F4 C64 I64 I32 U16 I8 BOOL'.split(' '),
  ...['__metadata__', '__proto__', 'constructor', 'dtype', 'shape', 'data_offsets', 'weight_map', 'metadata'],
  ...['embed_out.weight', 'score.weight', 'gpt_neox.embed_in.weight', 'gpt_neox.layers.0.attention.bias'],
  ...[
    'gpt_neox',
    'llama',
    'gelu',
    'GPTNeoXForCausalLM',
    'GPTNeoXForSequenceClassification',
    'yarn',
    'rope_type',
  ],
  ...['model.safetensors', 'model-00001-of-00002.safetensors', '../model.safetensors', '/dev/zero', ''],
];

/**
 * Whole checkpoints, as `loadPretrained` and `loadRewardModel` read them: one file or shards, F32, F16 and BF16, tied
 * and untied, with legacy buffers, and a reward model.
 */
export const safetensors: FuzzTarget = {
  name: 'safetensors',

  async prepare() {
    await useBackend('wasm');
    // Tables that the first use makes are not a file's doing.
    const directory = await mkdtemp(join(tmpdir(), 'fuzz-warm-'));
    for (const [index, files] of (await this.seeds()).entries()) {
      const folder = join(directory, `seed-${index}`);
      await mkdir(folder);
      for (const [name, content] of files) await writeFile(join(folder, name), content);
      await this.read(folder);
    }
    await rm(directory, { recursive: true });
  },

  seeds: () => (seeds ??= makeSeeds()),

  mutate(seed, random, all) {
    const names = [...seed.keys()];
    // Weights are where most of the format is.
    const weights = names.filter((name) => name.endsWith('.safetensors'));
    const pool = random.uniform() < 0.65 ? weights : names;
    const changed = new Map(seed);
    for (let count = random.uniform() < 0.85 ? 1 : 2; count > 0; count--) {
      const name = pool[random.integer(pool.length)] as string;
      const content = changed.get(name);
      if (content === undefined) continue;
      const foreign = [...(all[random.integer(all.length)] as Files).values()];
      const other = foreign[random.integer(foreign.length)] as Uint8Array;
      const mutated = name.endsWith('.json')
        ? mutateText(content, random, other)
        : mutateWeights(content, random, other);
      if (mutated === undefined) changed.delete(name);
      else changed.set(name, mutated);
    }
    return changed;
  },

  async read(directory) {
    // As its folder says, whatever the configuration in it says now.
    const load = directory.endsWith(`-${SCORES}`) ? loadRewardModel : loadPretrained;
    (await load(directory)).dispose();
  },

  errorCode: (error) => (error instanceof LanguageModelError ? error.code : undefined),
};

let seeds: Promise<readonly Files[]> | undefined;

async function makeSeeds(): Promise<readonly Files[]> {
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-seeds-'));
  try {
    const model = createModel(SMALL, { seed: 1 });
    const tied = createModel({ ...SMALL, tieWordEmbeddings: true, useParallelResidual: false }, { seed: 2 });
    const reward = createRewardModel(model, { seed: 3 });
    const [whole, brain, shards, scores] = ['whole', 'brain', 'shards', 'scores'].map((name) =>
      join(directory, name),
    ) as [string, string, string, string];
    await savePretrained(model, whole);
    await savePretrained(tied, brain, { dtype: 'bfloat16' });
    await savePretrained(model, shards, { dtype: 'float16', maxShardBytes: 1_500 });
    await saveRewardModel(reward, scores);
    for (const one of [model, tied, reward]) one.dispose();
    const all = await Promise.all([whole, brain, shards, scores].map(contents));
    // A checkpoint of the first days, with a mask among its weights.
    const legacy = all[1] as Map<string, Uint8Array>;
    legacy.set(WEIGHTS, withMask(legacy.get(WEIGHTS) as Uint8Array));
    return all;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function contents(folder: string): Promise<Map<string, Uint8Array>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, new Uint8Array(await readFile(join(folder, name)))] as const),
    ),
  );
}

interface Parts {
  readonly header: string;
  readonly data: Uint8Array;
}

function partsOf(bytes: Uint8Array): Parts | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = 8 + Number(view.getBigUint64(0, true));
  if (end > bytes.length) return undefined;
  return { header: new TextDecoder().decode(bytes.subarray(8, end)), data: bytes.subarray(end) };
}

function framed({ header, data }: Parts, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  return joined(head, text, data);
}

function withMask(bytes: Uint8Array): Uint8Array {
  const { header, data } = partsOf(bytes) as Parts;
  const json = JSON.parse(header) as Record<string, unknown>;
  json['gpt_neox.layers.0.attention.bias'] = {
    dtype: 'BOOL',
    shape: [1, 1, 4, 4],
    data_offsets: [data.length, data.length + 16],
  };
  return framed({ header: JSON.stringify(json), data: joined(data, new Uint8Array(16)) });
}

function mutateWeights(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array | undefined {
  const parts = partsOf(bytes);
  const draw = random.uniform();
  if (draw < 0.01) return undefined;
  if (draw < 0.4 || parts === undefined) return mutateBytes(bytes, random, other);
  const { header, data } = parts;
  if (draw < 0.5) return framed(parts, edgeInteger(random, BigInt(new TextEncoder().encode(header).length)));
  if (draw < 0.6) {
    // Bytes of the header alone, with a length that fits.
    const changed = mutateBytes(new TextEncoder().encode(header), random, other);
    return joined(framed({ header: '', data: new Uint8Array() }, BigInt(changed.length)), changed, data);
  }
  const padding = random.uniform() < 0.1 ? [' ', '\n', '\0', '\t '][random.integer(4)] : '';
  return framed({ header: edited(header, random) + padding, data });
}

function mutateText(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array | undefined {
  const draw = random.uniform();
  if (draw < 0.01) return undefined;
  if (draw < 0.25) return mutateBytes(bytes, random, other);
  return new TextEncoder().encode(edited(new TextDecoder().decode(bytes), random));
}

/** JSON changed as JSON; what is no JSON any more, after an earlier change, changed as text. */
function edited(text: string, random: Random): string {
  try {
    return mutateJson(text, random, WORDS);
  } catch {
    return text.slice(0, random.integer(text.length + 1));
  }
}
