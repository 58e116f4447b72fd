import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LanguageModelError, loadPretrained } from '@ais/language-model';
import { mutateCheckpoint } from '../mutate/mutate-checkpoint.js';
import type { Files, FuzzTarget } from '../target.js';
import { warmUp } from '../warm-up.js';

const FIXTURES = join(
  dirname(createRequire(import.meta.url).resolve('@ais/language-model/package.json')),
  'fixtures',
);
/** Each seed's adapter and base model have the same name. */
const NAMES = ['gpt-neox', 'gpt2', 'llama'] as const;
/** What a reader may take for something else. */
const WORDS = [
  ...[
    'LORA',
    'LOHA',
    'IA3',
    'CAUSAL_LM',
    'SEQ_CLS',
    'pissa',
    'gaussian',
    'all',
    'lora_only',
    'q_proj',
    'c_attn',
  ],
  ...['(a+)+$', '^.*', 'use_dora', 'rank_pattern', 'alpha_pattern', '__proto__', 'F16', 'BF16', 'I64', 'F32'],
  ...['base_model.model.lm_head.weight', 'base_model.model.score.weight', 'base_model.model.', ''],
  ...['base_model.model.transformer.h.0.attn.c_attn.lora_A.weight', 'base_model.model.x.lora_embedding_A'],
];

/** Adapters of PEFT, as `loadPretrained` merges them into their base models. */
export const peft: FuzzTarget = {
  name: 'peft',
  share: 2,
  allocatesAsFiles: true,

  prepare() {
    return warmUp(this, 'wasm');
  },

  seeds: () => (seeds ??= makeSeeds()),

  mutate: (seed, random, all) => mutateCheckpoint(seed, random, { all, words: WORDS, weights: 0.5 }),

  async read(directory) {
    // The base is given, so that none that a damaged file names is looked for.
    const base = NAMES[Number(/\d+$/.exec(directory)?.[0])] as string;
    const options = { adapter: directory, onWarning: () => {} };
    (await loadPretrained(join(FIXTURES, 'families', base), options)).dispose();
  },

  errorCode: (error) => (error instanceof LanguageModelError ? error.code : undefined),
};

let seeds: Promise<readonly Files[]> | undefined;

function makeSeeds(): Promise<readonly Files[]> {
  return Promise.all(
    NAMES.map(async (adapter) => {
      const folder = join(FIXTURES, 'peft', adapter);
      const names = (await readdir(folder)).filter((name) => name.startsWith('adapter_')).sort();
      return new Map(
        await Promise.all(
          names.map(async (name) => [name, new Uint8Array(await readFile(join(folder, name)))] as const),
        ),
      );
    }),
  );
}
