import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, savePretrained } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import { writeStudyData } from '../src/collect/write-study-data.js';
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
  await writeStudyData('study', exampleStudy('fig3'));
  await writeRun('run');
  await useBackend('wasm');
  await savePretrained(
    createModel({ vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 }),
    'model',
  );
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

/** The folder of a finished run of `ais train`, evaluated at its start and its end. */
async function writeRun(directory: string): Promise<void> {
  await mkdir(join(directory, 'evaluations'), { recursive: true });
  const settings = { objective: 'dpo', beta: 0.1, source: 'questions.csv', scorer: './judge.mjs' };
  await writeFile(
    join(directory, 'config.json'),
    JSON.stringify({ configuration: { command: 'train', settings } }),
  );
  await writeFile(
    join(directory, 'metrics.jsonl'),
    JSON.stringify({ event: 'train', step: 1, loss: 0.7, epoch: 1 }),
  );
  for (const step of [0, 1]) {
    const evaluation = {
      step,
      fraction: step,
      metrics: { eval_mean_length: 5 },
      outcomes: [1, 0],
      winRate: { rate: 0.5, low: 0.1, high: 0.9, n: 2, ties: 0 },
      kl: { mean: step, standardError: 0.1 },
      responses: [5, 6].map((length, index) => ({
        id: `q${index}`,
        prompt: 'Why?',
        text: 'So.',
        reference: 'Because.',
        referenceLength: 4,
        length,
        finished: true,
      })),
    };
    await writeFile(join(directory, 'evaluations', `step-${step}.json`), JSON.stringify(evaluation));
  }
}

const scope = {
  ...studies,
  ...data,
  ...reports,
  ...settings,
  useBackend,
  // Tried for real by `check:queue`: what needs a Redis server.
  runStudyWorker: async () => {},
  studyQueueStatus: async () => ({ running: [], waiting: 0, failed: [], workers: 0 }),
  // What the reader of an example has.
  writeFile,
  data: exampleStudy('fig3'),
  studyFolder: 'study',
  runFolder: 'run',
  modelFolder: 'model',
};

test.each(examples)('$name', async ({ code, printed }) => {
  expect(await runExample(code, scope)).toEqual(printed);
});
