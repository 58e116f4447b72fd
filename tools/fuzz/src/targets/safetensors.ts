import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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
import { joined } from '../mutate/mutate-bytes.js';
import { framed, mutateCheckpoint, type Parts, partsOf } from '../mutate/mutate-checkpoint.js';
import type { Files, FuzzTarget } from '../target.js';
import { warmUp } from '../warm-up.js';

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
  share: 4,
  allocatesAsFiles: true,

  prepare() {
    return warmUp(this, 'wasm');
  },

  seeds: () => (seeds ??= makeSeeds()),

  // Weights are where most of the format is.
  mutate: (seed, random, all) => mutateCheckpoint(seed, random, { all, words: WORDS, weights: 0.65 }),

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
