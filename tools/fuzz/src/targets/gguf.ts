import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LanguageModelError, loadPretrained } from '@ais/language-model';
import { convertGguf, exportGguf } from '@ais/language-model/gguf';
import type { Random } from '@ais/runtime';
import { joined, mutateBytes } from '../mutate/mutate-bytes.js';
import type { Files, FuzzTarget } from '../target.js';
import { warmUp } from '../warm-up.js';

const NAME = 'model.gguf';
/** Where the keys of the metadata are, and where the vocabulary and the tensors' entries are too; the rest is numbers. */
const WINDOWS = [1_500, 15_000, Number.POSITIVE_INFINITY];
const FIXTURES = join(
  dirname(createRequire(import.meta.url).resolve('@ais/language-model/package.json')),
  'fixtures',
  'gguf',
);

/** Models in GGUF, as `loadPretrained` reads them: every architecture, in F32, F16, and Q8_0. */
export const gguf: FuzzTarget = {
  name: 'gguf',
  share: 2,
  allocatesAsFiles: true,

  prepare() {
    return warmUp(this, 'wasm');
  },

  seeds: () => (seeds ??= makeSeeds()),

  mutate(seed, random, all) {
    let content = seed.get(NAME) as Uint8Array;
    const other = (all[random.integer(all.length)] as Files).get(NAME) as Uint8Array;
    for (let count = random.uniform() < 0.85 ? 1 : 3; count > 0; count--) {
      content = mutateWithin(content, random, other);
    }
    return new Map([[NAME, content]]);
  },

  async read(directory) {
    const options = { onWarning: () => {} };
    (await loadPretrained(join(directory, NAME), options)).dispose();
  },

  errorCode: (error) => (error instanceof LanguageModelError ? error.code : undefined),
};

function mutateWithin(content: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const window = WINDOWS[random.integer(WINDOWS.length)] as number;
  const changed = mutateBytes(content.subarray(0, window), random, other.subarray(0, window));
  return joined(changed, content.subarray(window));
}

let seeds: Promise<readonly Files[]> | undefined;

async function makeSeeds(): Promise<readonly Files[]> {
  const names = (await readdir(FIXTURES)).filter(
    (name) => name.endsWith('.gguf') && !name.startsWith('quantized'),
  );
  const files = await Promise.all(names.sort().map((name) => readFile(join(FIXTURES, name))));
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-seeds-'));
  try {
    const folder = join(directory, 'model');
    await convertGguf(join(FIXTURES, 'qwen3.gguf'), folder);
    for (const type of ['f16', 'q8_0'] as const) {
      const path = join(directory, `${type}.gguf`);
      await exportGguf(folder, path, { type });
      files.push(await readFile(path));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  return files.map((content) => new Map([[NAME, new Uint8Array(content)]]));
}
