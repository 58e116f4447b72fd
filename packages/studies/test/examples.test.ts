import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as data from '../src/data.js';
import * as studies from '../src/index.js';
import * as reports from '../src/reports.js';
import * as settings from '../src/settings.js';
import { exampleStudy } from './example-study-data.js';

const start = process.cwd();
let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-studies-examples-'));
  process.chdir(scratch);
});
afterAll(async () => {
  process.chdir(start);
  await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  await rm(scratch, { recursive: true });
});

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples).not.toEqual([]);
});

const scope = {
  ...{ ...studies, ...data, ...reports, ...settings, useBackend },
  // What the reader of an example has.
  ...{ writeFile, data: exampleStudy('fig3') },
};

test.each(examples)('$name', async ({ code, printed }) => {
  expect(await runExample(code, scope)).toEqual(printed);
});
