import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as pipeline from '../src/index.js';
import * as settings from '../src/settings/index.js';

const start = process.cwd();
let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-pipeline-examples-'));
  process.chdir(scratch);
});
afterAll(async () => {
  process.chdir(start);
  await rm(scratch, { recursive: true });
});

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(35);
});

/** Tried for real elsewhere: what needs a model or a run, and what talks to the Hub. */
const tried = {
  openChat: async () => ({ say: async () => ({ text: 'Paris.' }) }),
  pullModel: async () => ({ directory: 'models/smollm2-135m-instruct' }),
  exportModel: async () => 'dpo.gguf',
  preparePush: async () => ({
    upload: async () => ({ url: 'https://huggingface.co/owner/name' }),
    dispose: async () => {},
  }),
};

test.each(examples)('$name', async ({ code, printed }) => {
  const lines = await runExample(code, { ...settings, ...pipeline, ...tried, z, writeFile });
  expect(lines.map((line) => line.trim())).toEqual(printed);
});
