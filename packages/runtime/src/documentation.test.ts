import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as doctor from './doctor.js';
import * as errors from './errors.js';
import * as files from './files/index.js';
import * as hub from './hub/index.js';
import * as runtime from './index.js';
import * as native from './native.js';
import * as processes from './process/index.js';
import * as wheels from './wheels.js';

const start = process.cwd();
let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-runtime-examples-'));
  process.chdir(scratch);
  await mkdir('model');
  await writeFile(join('model', 'tokenizer.json'), '{}');
});
afterAll(async () => {
  process.chdir(start);
  await rm(scratch, { recursive: true });
});

const scope = {
  ...runtime,
  ...doctor,
  ...errors,
  ...files,
  ...hub,
  ...native,
  ...wheels,
  ...processes,
  bytes: 0,
  tf,
  // What the reader of an example has.
  pairs: [],
  text: 'aaa',
  folder: 'nowhere',
  rmSync,
  controller: new AbortController(),
  tokenizer: { save: async () => {} },
  loadTokenizer: async () => ({}),
  writePairs: (path: string) => writeFile(path, ''),
  writeParquet: (path: string) => writeFile(path, ''),
  model: {},
  savePretrained: (_: object, directory: string) => writeFile(join(directory, 'config.json'), '{}'),
  blob: 'blob',
  download: async () => {},
  openRepository: async () => ({ bring: async () => ['data/train.parquet'] }),
  // Tried for real elsewhere: what talks to the Hub, downloads, or starts processes.
  uploadToHub: async () => ({ url: 'https://huggingface.co/owner/name', commit: '0' }),
  installNative: async () => ({ tensorflow: '2.15.1', seconds: 1 }),
  diagnose: async () => ({ backend: 'wasm', backends: [] }),
};

const examples = await documentedExamples(new URL('../', import.meta.url));

it.each(examples)('$name', async ({ code, printed }) => {
  try {
    const lines = await runExample(code, scope);
    for (const [index, line] of printed.entries()) {
      if (line !== undefined) expect(lines[index]).toBe(line);
    }
  } finally {
    await runtime.useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  }
});

it('finds the examples', () => {
  expect(examples.length).toBeGreaterThan(5);
});
