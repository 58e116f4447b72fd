import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readGenerated } from '@ais/pipeline';
import { isTrainingRun, redrawReport, writeTrainingReport } from '@ais/studies/reports';
import { filesTarget } from '../files-target.js';
import { textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const RESULTS = join(
  dirname(createRequire(import.meta.url).resolve('@ais/studies/package.json')),
  '..',
  '..',
  'docs',
  'results',
);

/** The data of studies, which their reports and claims are drawn from. */
export const studyData: FuzzTarget = filesTarget({
  name: 'study-data',
  share: 0.1,
  structured: 0.9,
  strange: ['fig1', 'fig3', { low: 0, high: 1, estimate: 0.5 }, [0.1, 0.2], [{ estimate: 1 }]],
  seeds: async () => [
    textFiles({ 'study.json': await readFile(join(RESULTS, 'fig1', 'study.json'), 'utf8') }),
  ],
  async read(directory) {
    const out = join(directory, 'out');
    try {
      await redrawReport([directory], out);
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  },
});

/** Runs of training, which a report is drawn from. */
export const trainingReport: FuzzTarget = filesTarget({
  name: 'training-report',
  share: 0.2,
  structured: 0.8,
  seeds: () => [
    textFiles({
      'config.json': { stage: 'preference', seed: 1, backend: 'wasm', configuration: { command: 'train' } },
      'metrics.jsonl': [1, 2, 3]
        .map((step) => `${JSON.stringify({ event: 'train', step, epoch: 0, loss: 1 / step })}\n`)
        .join(''),
    }),
  ],
  async read(directory) {
    if (!isTrainingRun(directory)) return;
    const out = join(directory, 'out');
    try {
      await writeTrainingReport(directory, out);
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  },
});

const row = (id: string): object => ({
  id,
  sample: 0,
  prompt: [1, 2],
  response: [3, 0],
  promptText: 'Why?',
  responseText: ' So.',
  finished: true,
  logProb: -1.5,
  tokenizer: 'abc',
});

/** Responses, as `ais generate` writes them. */
export const responses: FuzzTarget = filesTarget({
  name: 'responses',
  share: 6,
  seeds: () => [
    textFiles({ 'responses.jsonl': ['a', 'b', 'c'].map((id) => `${JSON.stringify(row(id))}\n`).join('') }),
  ],
  read: (directory) => readGenerated(join(directory, 'responses.jsonl')),
});
