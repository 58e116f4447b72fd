import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as workflow from '../src/index.js';
import { withEndpoint } from '../src/s3/index.js';
import * as slurm from '../src/slurm/index.js';
import * as testing from '../src/testing/index.js';

const start = process.cwd();
let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-workflow-examples-'));
  process.chdir(scratch);
});
afterAll(async () => {
  process.chdir(start);
  await rm(scratch, { recursive: true });
});

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(8);
});

/** Two kinds of stages that readers of comments have: the first numbers, and their sum. */
const numbers: workflow.StageKind<{ readonly upTo: number }, object, readonly number[]> = {
  name: 'numbers',
  async run({ upTo }, _inputs, { directory }) {
    const result = Array.from({ length: upTo }, (_, index) => index + 1);
    await writeFile(join(directory, 'numbers.json'), JSON.stringify(result));
    return result;
  },
};
const sum: workflow.StageKind<object, { readonly numbers: string }, number> = {
  name: 'sum',
  async run(_settings, inputs) {
    const list: number[] = JSON.parse(await readFile(join(inputs.numbers, 'numbers.json'), 'utf8'));
    return list.reduce((total, number) => total + number, 0);
  },
};

/** Tried for real by `check:queue` and `check:s3`: what needs a server. */
const tried = {
  queueExecutor: async ({ store }: { readonly store: workflow.StageStore }) => ({
    ...workflow.localExecutor({ store, registry: { kinds: [numbers] } }),
  }),
  runQueueWorker: async () => {},
  queueStatus: async () => ({ running: [], waiting: 2, failed: [], workers: 1 }),
  s3Store: async () => workflow.directoryStore('in-s3'),
};

test.each(examples)('$name', async ({ name, code, printed }) => {
  const scope = {
    ...workflow,
    ...slurm,
    ...testing,
    ...tried,
    withEndpoint,
    base: import.meta.url,
    numbers,
    sum,
    join,
    // What examples leave goes with the folder.
    tmpdir: () => scratch,
    mkdtemp,
    readdir,
    readFile,
    rm,
    writeFile,
  };
  const lines = await runExample(code, scope);
  if (name.startsWith('README')) expect(lines).toEqual(['0', '10', '20']);
  else expect(lines).toEqual(printed);
});
