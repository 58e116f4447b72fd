import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { presetSettings } from './presets.js';
import { assignment, readSettings } from './read-settings.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('readSettings', () => {
  it('puts flags over the file, and the file over the preset', async () => {
    const path = await file(
      'sft.yaml',
      'preset: small\nseed: 5 # mine\ntraining:\n  batchSize: 7\n  learningRate: 0.5\n',
    );
    const settings = await readSettings('sft', { file: path, flags: { training: { batchSize: 9 } } });
    expect(settings).toMatchObject({ preset: 'small', seed: 5, source: 'debian' });
    expect(settings.training).toMatchObject({ batchSize: 9, learningRate: 0.5, microBatchSize: 32 });
  });

  it('lets steps replace epochs, and epochs steps', async () => {
    const steps = await readSettings('sft', { flags: { training: { steps: 3 } } });
    expect(steps.training).toMatchObject({ steps: 3 });
    expect(steps.training.epochs).toBeUndefined();
    const epochs = await readSettings('train', { flags: { preset: 'paper', training: { epochs: 2 } } });
    expect(epochs.training.epochs).toBe(2);
    expect(epochs.training.steps).toBeUndefined();
  });

  it.each([
    [
      'a.yaml',
      'seed: 1\ntraining:\n  batchsize: 8\n',
      'training.batchsize',
      /line 3: .*"training.batchsize".*"training.batchSize"/,
    ],
    ['b.yaml', 'sede: 1\n', 'sede', /b.yaml, line 1: .*Did you mean "seed"/],
    [
      'c.json',
      '{\n  "training": {\n    "batchSize": "many"\n  }\n}',
      'training.batchSize',
      /c.json, line 3: .*expected number/,
    ],
    ['d.yaml', 'seed: [1\n', '', /d.yaml, line \d: this is neither YAML nor JSON/],
    ['e.yaml', 'just text', '', /e.yaml.*expected object/],
  ])('says what is wrong and where: %s', async (name, content, key, message) => {
    const path = await file(name, content);
    const reading = readSettings('sft', { file: path });
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ name: 'ConfigurationError', key });
  });

  it('allows an editor’s $schema, and nothing that is missing', async () => {
    const path = await file('ok.json', '{ "$schema": "./sft.schema.json", "seed": 4 }');
    expect(await readSettings('sft', { file: path })).toMatchObject({ seed: 4 });
    await expect(readSettings('evaluate', {})).rejects.toThrow(/model is needed/);
  });

  it('reads key=value', () => {
    expect(assignment('training.batchSize=8')).toEqual({ training: { batchSize: 8 } });
    expect(assignment('source=a=b.jsonl')).toEqual({ source: 'a=b.jsonl' });
    expect(() => assignment('seed')).toThrow(/no key=value/);
  });
});

describe('presetSettings', () => {
  // The settings that spec.md lists in section 5 as the paper's.
  it.each([
    ['sft', undefined, { epochs: 1, batchSize: 64, microBatchSize: 8, learningRate: 3e-6, warmupSteps: 0 }],
    ['reward', undefined, { batchSize: 64, learningRate: 3e-6, schedule: 'cosine' }],
    [
      'train',
      'dpo',
      { steps: 1450, batchSize: 64, learningRate: 1e-6, schedule: 'cosine', warmupSteps: 150 },
    ],
    [
      'train',
      'rloo',
      { steps: 1200, batchSize: 256, learningRate: 3e-6, schedule: 'constant', warmupFraction: 0.03 },
    ],
  ] as const)('has the paper’s settings of %s %s', (command, objective, expected) => {
    const { training } = presetSettings(command, 'paper', objective) as { training: object };
    expect(training).toMatchObject(expected);
    expect(training).toMatchObject({ adamEpsilon: 1e-5, weightDecay: 0, maxGradientNorm: 1 });
  });
});
