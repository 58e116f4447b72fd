import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runContext } from '../context.js';
import { readSettings } from '../settings/read-settings.js';
import { runSteps, trainingOptions, warnOfIdleRun } from './training-options.js';

test.each([
  ['one step of warm-up', { steps: 1, warmupSteps: 4 }, 100, true],
  ['one step, and a share of warm-up', { steps: 1, warmupFraction: 0.03 }, 100, true],
  ['epochs that make one step', { epochs: 1, batchSize: 8, warmupFraction: 0.03 }, 8, true],
  ['one step without warm-up', { steps: 1, warmupSteps: 0 }, 100, false],
  ['two steps', { steps: 2, warmupSteps: 4 }, 100, false],
  ['epochs that make two steps', { epochs: 1, batchSize: 8, warmupFraction: 0.03 }, 9, false],
])('a run that learns nothing is told: %s', async (_, training, examples, told) => {
  const settings = await readSettings('sft', { flags: { preset: 'tiny', training } });
  const onWarning = vi.fn();
  warnOfIdleRun(settings.training, examples, { onWarning });
  expect(onWarning.mock.calls).toEqual(
    told ? [[expect.stringMatching(/learning rate of 0.*--warmup-steps 0/)]] : [],
  );
});

const base = { batchSize: 8, learningRate: 1e-3, microBatchSize: 8 };

test.each([
  ['sft', {}, { metric: 'eval_loss', mode: 'min' }],
  ['train', {}, { metric: 'eval_win_rate', mode: 'max' }],
  ['train', { metric: 'eval_loss' }, { metric: 'eval_loss', mode: 'min' }],
  ['reward', { metric: 'eval_preference_loss' }, { metric: 'eval_preference_loss', mode: 'min' }],
  ['sft', { metric: 'eval_accuracy' }, { metric: 'eval_accuracy', mode: 'max' }],
  ['train', { mode: 'min' }, { metric: 'eval_win_rate', mode: 'min' }],
  ['sft', { metric: 'eval_loss', mode: 'max' }, { metric: 'eval_loss', mode: 'max' }],
] as const)(
  'of %s with the selection %j, the better evaluation is that of %j',
  async (kind, selection, expected) => {
    const { training } = await readSettings('sft', { flags: { preset: 'tiny', training: base } });
    const options = trainingOptions(kind, { seed: 1, training, selection }, [], runContext('runs/none'));
    expect(options.selection).toEqual(expected);
  },
);

test('freeze takes the names of matrices and of their adapters', async () => {
  const names = ['layers.0.q_proj.weight', 'layers.1.q_proj.weight', 'norm.bias'];
  const frozenBy = async (pattern: string, more: object) => {
    const flags = { preset: 'tiny', training: { ...base, freeze: [pattern], ...more } };
    const { training } = await readSettings('sft', { flags });
    return trainingOptions('sft', { seed: 1, training }, names, runContext('runs/none')).freeze;
  };
  const adapter = 'layers.1.q_proj.lora_A.weight';
  const freeze = await frozenBy('layers.1.*.lora_A.weight', { lora: { rank: 2 } });
  expect([adapter, ...names].map((name) => freeze?.(name))).toEqual([true, false, false, false]);
  const ofMatrix = await frozenBy('layers.1.q_proj.weight', { lora: { rank: 2 } });
  expect([adapter, ...names].map((name) => ofMatrix?.(name))).toEqual([true, false, true, false]);
  await expect(frozenBy('layers.1.*.lora_A.weight', {})).rejects.toThrow(/no parameter "layers\.1/);
});

test.each([
  [0.01, 40, 1],
  [0.1, 240, 3],
  [0.11, 240, 4],
  [1.5, 24, 5],
  [2, 100, 26],
])('%d epochs over %i examples are %i updates of 8', (epochs, examples, steps) => {
  expect(runSteps({ epochs, batchSize: 8 }, examples)).toBe(steps);
});

test('a run that is resumed keeps the command that began it', async () => {
  const { training } = await readSettings('sft', { flags: { preset: 'tiny', training: base } });
  const directory = await mkdtemp(join(tmpdir(), 'ais-resumed-'));
  const notes = () =>
    trainingOptions(
      'sft',
      { seed: 1, training, notes: { api: { calls: 9 } } },
      [],
      runContext(directory, { resume: true, commandLine: 'ais sft --out run' }),
    ).notes;
  try {
    expect(notes()).toEqual({ api: { calls: 9 }, commandLine: 'ais sft --out run' });
    await writeFile(join(directory, 'config.json'), '{}');
    expect(notes()).toEqual({ api: { calls: 9 } });
  } finally {
    await rm(directory, { recursive: true });
  }
});
