import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluationSteps } from '../stages/evaluate-policy.js';
import type { StageProgress } from '../stages/stage-context.js';
import { runDemo } from './demo.js';
import { demoPreset } from './demo-presets.js';
import { type DemoSettings, parseDemoSettings, SettingsError } from './demo-settings.js';

/** Every stage of the demo, at a size that takes seconds. */
const settings: DemoSettings = {
  ...demoPreset({ source: 'synthetic' }),
  preset: 'test',
  corpus: {
    supervised: 96,
    reward: 24,
    preference: 48,
    evaluation: 8,
    vocabularySize: 400,
    maxPromptTokens: 64,
    maxResponseTokens: 16,
  },
  policy: { layerCount: 1, hiddenSize: 16, headCount: 2, initializerRange: 0.1 },
  supervised: { epochs: 1, batchSize: 32, learningRate: 1e-2, warmupFraction: 0, promptWeight: 0.3 },
  gold: {
    model: {
      layerCount: 1,
      hiddenSize: 32,
      headCount: 2,
      initializerRange: 0.1,
      supervised: { epochs: 1, batchSize: 32, learningRate: 1e-2, warmupFraction: 0, promptWeight: 0.3 },
    },
    training: { epochs: 1, batchSize: 16, learningRate: 1e-3, warmupFraction: 0 },
    validationFraction: 0.25,
  },
  preference: {
    epochs: 1,
    batchSize: 16,
    learningRate: 1e-3,
    warmupFraction: 0,
    beta: 0.1,
    methods: ['dpo', 'ais-dpo'],
  },
  evaluation: { points: 2, klPrompts: 4 },
  microBatchSize: 16,
};

const scratch = mkdtempSync(join(tmpdir(), 'ais-demo-'));
const backend = await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
const folder = (name: string): string => join(scratch, name);
const run = (name: string, options: Partial<Parameters<typeof runDemo>[0]> = {}) =>
  runDemo({ settings, directory: folder(name), backend, ...options });

beforeAll(async () => {
  await run('first');
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** What a run measured: everything but times. */
function measured(name: string): unknown {
  const { stages, ...report } = JSON.parse(readFileSync(join(folder(name), 'report.json'), 'utf8'));
  return { ...report, stages: stages.map(({ seconds, ...stage }: { seconds: number }) => stage) };
}

function checkpointBytes(name: string, stage: string): Buffer {
  return readFileSync(join(folder(name), stage, 'model', 'model.safetensors'));
}

describe('a whole run', () => {
  test('evaluates every method at the start, along the way and at the end', () => {
    const report = measured('first') as { methods: { name: string; points: { fraction: number }[] }[] };
    expect(report.methods.map(({ name }) => name)).toEqual(['DPO', 'AIS-DPO']);
    for (const { points } of report.methods)
      expect(points.map(({ fraction }) => fraction)).toEqual([0, expect.closeTo(2 / 3), 1]);
  });

  test('starts every method at the SFT model: KL 0, the same win rate', () => {
    const { methods } = measured('first') as {
      methods: { points: { kl: { mean: number }; winRate: { rate: number } }[] }[];
    };
    for (const { points } of methods) expect(points[0]?.kl.mean).toBeLessThan(1e-6);
    expect(methods[0]?.points[0]?.winRate).toEqual(methods[1]?.points[0]?.winRate);
  });

  test('writes a report that stands alone', () => {
    const html = readFileSync(join(folder('first'), 'report.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).toContain('AIS-DPO');
  });

  test('gives the same numbers and weights again', async () => {
    const before = tf.memory().numTensors;
    await run('second');
    expect(measured('second')).toEqual(measured('first'));
    expect(checkpointBytes('second', 'gold')).toEqual(checkpointBytes('first', 'gold'));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('gives other numbers with another seed', async () => {
    await run('other-seed', { settings: { ...settings, seed: 2 } });
    expect(measured('other-seed')).not.toEqual(measured('first'));
  });
});

describe('a run that is stopped', () => {
  // Stops at the first report of each stage, and once in the middle of training.
  test.each<[string, (progress: StageProgress) => boolean]>([
    ['in SFT', ({ task, completed }) => task === 'SFT' && completed === 2],
    ['while sampling for the gold model', ({ task }) => task === 'gold samples'],
    ['in the gold model', ({ task, completed }) => task === 'gold reward model' && completed === 1],
    ['in DPO', ({ task, completed }) => task === 'DPO' && completed === 2],
    ['in AIS-DPO', ({ task, completed }) => task === 'AIS-DPO' && completed === 1],
  ])('goes on %s and ends as if it had not been', async (name, stopsAt) => {
    const controller = new AbortController();
    const interrupted = run(name, {
      signal: controller.signal,
      onProgress: (progress) => stopsAt(progress) && controller.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({
      name: expect.stringMatching(/TrainingInterrupted|AbortError/),
    });
    expect(readdirSync(folder(name))).not.toContain('report.html');
    await run(name, { resume: true });
    expect(measured(name)).toEqual(measured('first'));
  });
});

describe('a folder that holds a run', () => {
  test('is not written to without resume', async () => {
    const before = statSync(join(folder('first'), 'report.html')).mtimeMs;
    await expect(run('first')).rejects.toMatchObject({
      name: 'RunDirectoryError',
      message: expect.stringContaining('--resume'),
    });
    expect(statSync(join(folder('first'), 'report.html')).mtimeMs).toBe(before);
  });

  test('is not gone on with under other settings, and the first that differs is named', async () => {
    const other = { ...settings, preference: { ...settings.preference, beta: 0.2 } };
    await expect(run('first', { resume: true, settings: other })).rejects.toThrow('settings.preference.beta');
  });
});

describe('settings', () => {
  test('of every preset are valid', () => {
    for (const preset of ['tiny', 'small'])
      expect(parseDemoSettings(demoPreset({ preset }))).toEqual(demoPreset({ preset }));
  });

  test('name the field that is wrong', () => {
    const wrong = { ...settings, preference: { ...settings.preference, beta: -1 } };
    expect(() => parseDemoSettings(wrong)).toThrow(SettingsError);
    expect(() => parseDemoSettings(wrong)).toThrow('preference.beta');
  });
});

test('evaluation steps are evenly spaced whole steps from 0 to the last', () => {
  expect(evaluationSteps(100, 4)).toEqual([0, 25, 50, 75, 100]);
  expect(evaluationSteps(3, 10)).toEqual([0, 1, 2, 3]);
});
