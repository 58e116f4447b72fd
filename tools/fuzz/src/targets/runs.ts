import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readEvaluations, storedSettings } from '@ais/pipeline';
import { sha256 } from '@ais/runtime/files';
import { diagnoseRun, isTrainingRun } from '@ais/studies/reports';
import {
  isWholeCheckpoint,
  mergeShards,
  openPartialWork,
  readMetrics,
  readReferenceLogProbs,
} from '@ais/trainer/runs';
import { filesTarget } from '../files-target.js';
import { textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const lines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

const METRICS = lines(
  Array.from({ length: 6 }, (_, index) => ({
    event: index === 3 ? 'evaluate' : 'train',
    step: index + 1,
    epoch: 0.1,
    loss: 2.5 - 0.1 * index,
    grad_norm: 1,
    learning_rate: 1e-3,
    'rewards/accuracies': 0.5,
    'weights/mean': 0.9,
    eval_kl: 0.1,
    eval_win_rate: 0.5,
  })),
);
const SETTINGS = {
  command: 'train',
  settings: { preset: 'tiny', objective: 'dpo', beta: 0.1, training: { steps: 6, batchSize: 4 } },
};

/** Folders of runs: their configuration, settings, metrics, and evaluations. */
export const runFolder: FuzzTarget = filesTarget({
  name: 'run-folder',
  share: 5,
  structured: 0.7,
  strange: ['train', 'evaluate', 'NaN', { command: 'train', settings: {} }, { step: 1, metrics: {} }],
  seeds: () => [
    textFiles({
      'config.json': {
        stage: 'preference',
        seed: 1,
        backend: 'wasm',
        configuration: SETTINGS,
        notes: { commandLine: 'ais train' },
        checkpoints: { every: 3, keep: 2 },
      },
      'metrics.jsonl': METRICS,
      'evaluations/step-4.json': {
        step: 4,
        fraction: 0.5,
        metrics: { eval_kl: 0.1 },
        kl: { mean: 0.1, standardError: 0.01 },
        responses: [{ id: 'a', prompt: 'Why?', text: ' So.', reference: ' No.', length: 2, finished: true }],
      },
    }),
    textFiles({ 'settings.json': SETTINGS, 'metrics.jsonl': METRICS, 'config.json': { stage: 'sft' } }),
  ],
  async read(directory) {
    if (!isTrainingRun(directory)) return;
    await storedSettings(directory, 'train');
    await readEvaluations(directory);
    await readMetrics(join(directory, 'metrics.jsonl'));
    await diagnoseRun(directory);
  },
});

const CONTENTS = {
  'config.json': '{"model_type":"gpt_neox"}',
  'model.safetensors': 'weights',
  'metrics.jsonl': METRICS,
};

/** Checkpoints beside their manifests. */
export const checkpointManifest: FuzzTarget = filesTarget({
  name: 'checkpoint-manifest',
  share: 3,
  structured: 0.7,
  seeds: () => [
    textFiles({
      ...CONTENTS,
      'manifest.json': {
        files: Object.fromEntries(
          Object.entries(CONTENTS).map(([name, text]) => [
            name,
            { bytes: text.length, sha256: sha256(new TextEncoder().encode(text)) },
          ]),
        ),
      },
    }),
  ],
  read: isWholeCheckpoint,
});

const VALUES = { chosen: [-1.5, -2.25], rejected: [-3, -0.5] };
const bytesOf = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** Log-probabilities of a reference that an earlier run has kept. */
export const referenceLogProbs: FuzzTarget = filesTarget({
  name: 'reference-log-probs',
  share: 6,
  structured: 0.7,
  seeds: () => [
    textFiles({
      'reference.json': {
        fingerprint: { model: 'a', data: 'b' },
        ...VALUES,
        sha256: sha256(Buffer.concat([bytesOf(VALUES.chosen), bytesOf(VALUES.rejected)])),
      },
    }),
  ],
  read: (directory) => readReferenceLogProbs(join(directory, 'reference.json')),
});

const INPUTS = { command: 'generate', settings: { preset: 'tiny', model: 'runs/a' }, notes: { at: 1 } };
const WORK = sha256(JSON.stringify({ command: INPUTS.command, settings: INPUTS.settings })).slice(0, 16);
const part = (number: number): object => ({ work: WORK, part: number, value: [{ id: `${number}` }] });
const shard = (index: number): string =>
  lines([
    { work: WORK, inputs: { ...INPUTS, shard: { index, count: 2, parts: 4 } } },
    ...[index - 1, index + 1].map(part),
  ]);

/** What interrupted commands, and shards of them, have done so far. */
export const partialWork: FuzzTarget = filesTarget({
  name: 'partial-work',
  share: 4,
  structured: 0.7,
  strange: [INPUTS, { index: 1, count: 1e9, parts: 1e12 }, { index: 1, count: 1, parts: 1e9 }, WORK],
  seeds: () => [
    textFiles({ 'out.jsonl.partial': lines([{ work: WORK, inputs: INPUTS }, part(0), part(1)]) }),
    textFiles({ 'out.jsonl.shard-1-of-2': shard(1), 'out.jsonl.shard-2-of-2': shard(2) }),
  ],
  async read(directory, { base }) {
    const out = join(directory, 'out.jsonl');
    try {
      if (base === 1) return void (await mergeShards(out));
      await storedSettings(out, 'generate');
      await (await openPartialWork(`${out}.partial`, INPUTS, true)).close();
    } finally {
      // What reading leaves is not a case's.
      if (base === 1) await rm(`${out}.partial`, { force: true });
    }
  },
});
