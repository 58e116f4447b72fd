import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LinearStage, linearStage } from '../../test/linear-stage.js';
import { untimed } from '../../test/run-folder.js';
import { ConfigurationMismatch, NonFiniteTraining, TrainerError, TrainingInterrupted } from '../errors.js';
import { cosineSchedule } from '../optimizer/schedules.js';
import { readMetrics } from '../run/metrics-log.js';
import { runTraining } from './training-loop.js';
import type { TrainingOptions } from './training-options.js';

let root: string;
const stages: LinearStage[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-trainer-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  for (const stage of stages.splice(0)) stage.dispose();
});

function newStage(options?: Parameters<typeof linearStage>[0]): LinearStage {
  const stage = linearStage(options);
  stages.push(stage);
  return stage;
}

const base = {
  seed: 3,
  epochs: 3,
  batchSize: 5,
  learningRate: 0.02,
  schedule: cosineSchedule(),
  warmupSteps: 2,
  maxGradientNorm: 1,
  adamw: { weightDecay: 0.01 },
};
const optionsIn = (name: string, more: Partial<TrainingOptions> = {}): TrainingOptions => ({
  ...base,
  directory: join(root, name),
  ...more,
});

/** Does work without the rights of root, who may write everywhere. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.('nobody');
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

const metricsOf = async (name: string): Promise<object[]> =>
  untimed(await readMetrics(join(root, name, 'metrics.jsonl')));
const file = (name: string, step: number, path: string): Promise<Buffer> =>
  readFile(join(root, name, 'checkpoints', `step-${step}`, path));

describe('runTraining', () => {
  it('fits a line, and leaves a run directory that tells everything', async () => {
    const stage = newStage();
    const result = await runTraining(stage, optionsIn('run', { epochs: 20, learningRate: 0.3, adamw: {} }));
    expect(result.steps).toBe(100);
    expect(result.metrics['loss']).toBeLessThan(1e-3);
    const lines = await readMetrics(join(root, 'run', 'metrics.jsonl'));
    expect(lines).toHaveLength(100);
    expect(Object.keys(lines[0] ?? {})).toEqual([
      'event',
      'step',
      'epoch',
      'loss',
      'learning_rate',
      'grad_norm',
      'num_tokens',
      'error/first',
      'timing/seconds',
      'timing/tokens_per_second',
      'memory/tensors',
      'memory/tensor_bytes',
      'memory/resident_bytes',
    ]);
    expect(lines[0]).toMatchObject({ step: 1, epoch: 0.2, learning_rate: 0 });
    expect(lines.at(-1)).toMatchObject({ step: 100, epoch: 20 });
    const configuration = JSON.parse(await readFile(join(root, 'run', 'config.json'), 'utf8'));
    expect(configuration).toMatchObject({
      stage: 'linear',
      seed: 3,
      training: {
        steps: 100,
        stepsPerEpoch: 5,
        schedule: { name: 'cosine', minimumRatio: 0 },
        warmupSteps: 2,
      },
      data: { count: 23 },
    });
    expect(await readdir(join(root, 'run', 'checkpoints'))).toEqual(['step-100']);
    expect((await readdir(join(root, 'run', 'checkpoints', 'step-100'))).sort()).toEqual([
      'manifest.json',
      'metrics.jsonl',
      'model.safetensors',
      'optimizer.safetensors',
      'trainer-state.json',
    ]);
  });

  it('gives the same whether a batch comes whole or in uneven micro-batches', async () => {
    const whole = newStage();
    const parts = newStage();
    const first = await runTraining(whole, optionsIn('whole', { batchSize: 23, epochs: 10 }));
    const second = await runTraining(
      parts,
      optionsIn('parts', { batchSize: 23, epochs: 10, microBatchSize: 5 }),
    );
    for (const name of ['loss', 'grad_norm', 'error/first']) {
      expect(second.metrics[name]).toBeCloseTo(first.metrics[name] ?? Number.NaN, 5);
    }
    for (const [name, values] of Object.entries(whole.values())) {
      values.forEach((value, index) => {
        expect(parts.values()[name]?.[index]).toBeCloseTo(value, 5);
      });
    }
  });

  it('gives the same metrics to the last digit for one seed, and others for another', async () => {
    await runTraining(newStage(), optionsIn('a'));
    await runTraining(newStage(), optionsIn('b'));
    await runTraining(newStage(), optionsIn('c', { seed: 4 }));
    expect(await metricsOf('b')).toEqual(await metricsOf('a'));
    expect(await metricsOf('c')).not.toEqual(await metricsOf('a'));
  });

  it('evaluates at the steps named, 0 and the last among them', async () => {
    const seen: number[] = [];
    const result = await runTraining(
      newStage(),
      optionsIn('run', {
        evaluateAt: [15, 0, 7],
        onEvaluate: async ({ step, steps, epoch }) => {
          seen.push(step);
          expect(steps).toBe(15);
          expect(epoch).toBeCloseTo(step / 5);
          return { 'eval/value': step * 2 };
        },
      }),
    );
    expect(seen).toEqual([0, 7, 15]);
    expect(result.evaluations.map(({ step, metrics }) => [step, metrics['eval/value']])).toEqual([
      [0, 0],
      [7, 14],
      [15, 30],
    ]);
  });

  it('reports progress from which the remaining time follows, and keeps tensors and listeners flat', async () => {
    const stage = newStage();
    const tensors: number[] = [];
    const steps: number[] = [];
    const before = tf.memory().numTensors;
    await runTraining(
      stage,
      optionsIn('run', {
        microBatchSize: 2,
        onProgress: (progress) => {
          steps.push(progress.step);
          tensors.push(tf.memory().numTensors);
          expect(progress).toMatchObject({ steps: 15, resumedFrom: 0 });
          expect(progress.seconds).toBeGreaterThan(0);
        },
      }),
    );
    expect(steps).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    expect(new Set(tensors).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('interruption and resumption', () => {
  const evaluation: Partial<TrainingOptions> = {
    evaluateAt: [0, 6, 9, 15],
    onEvaluate: async ({ step }) => ({ 'eval/step': step }),
  };

  it.each([0, 1, 4, 5, 8, 14])(
    'after an abort at step %i resumes bit for bit as an unbroken run',
    async (stop) => {
      const options = { checkpointEvery: 4, keepCheckpoints: 3, ...evaluation };
      await runTraining(newStage(), optionsIn('unbroken', options));

      const controller = new AbortController();
      if (stop === 0) controller.abort();
      const interrupted = runTraining(
        newStage(),
        optionsIn('broken', {
          ...options,
          signal: controller.signal,
          onProgress: ({ step }) => {
            if (step === stop) controller.abort();
          },
        }),
      );
      const error = await interrupted.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TrainingInterrupted);
      expect(error).toMatchObject({ name: 'TrainingInterrupted', code: 'interrupted', step: stop });
      expect(existsSync((error as TrainingInterrupted).checkpoint)).toBe(true);

      const resumed = newStage();
      await runTraining(resumed, optionsIn('broken', { ...options, resume: true }));
      expect(await metricsOf('broken')).toEqual(await metricsOf('unbroken'));
      for (const path of ['model.safetensors', 'optimizer.safetensors']) {
        expect((await file('broken', 15, path)).equals(await file('unbroken', 15, path))).toBe(true);
      }
    },
  );

  it('cuts off what was written after the checkpoint when the process died', async () => {
    const options = { checkpointEvery: 4, ...evaluation };
    await runTraining(newStage(), optionsIn('unbroken', options));
    const died = runTraining(
      newStage(),
      optionsIn('broken', {
        ...options,
        onProgress: ({ step }) => {
          if (step === 7) throw new Error('killed');
        },
      }),
    );
    await expect(died).rejects.toThrow('killed');
    await appendFile(join(root, 'broken', 'metrics.jsonl'), '{"event":"train","st');
    await runTraining(newStage(), optionsIn('broken', { ...options, resume: true }));
    expect(await metricsOf('broken')).toEqual(await metricsOf('unbroken'));
    expect(await readdir(join(root, 'broken', 'checkpoints'))).toEqual(['step-12', 'step-15']);
  });

  it('writes a checkpoint when an evaluation is aborted, and repeats only that evaluation', async () => {
    const controller = new AbortController();
    const run = (more: Partial<TrainingOptions>): Promise<unknown> =>
      runTraining(newStage(), optionsIn('run', { evaluateAt: [0, 6, 15], ...more }));
    const aborted = run({
      signal: controller.signal,
      onEvaluate: async ({ step, signal }) => {
        if (step === 6) controller.abort();
        signal?.throwIfAborted();
        return { value: step };
      },
    });
    await expect(aborted).rejects.toMatchObject({ name: 'TrainingInterrupted', step: 6 });
    const seen: number[] = [];
    await run({
      resume: true,
      onEvaluate: async ({ step }) => {
        seen.push(step);
        return { value: step };
      },
    });
    expect(seen).toEqual([6, 15]);
    const lines = await readMetrics(join(root, 'run', 'metrics.jsonl'));
    expect(lines.filter(({ event }) => event === 'evaluate').map(({ step }) => step)).toEqual([0, 6, 15]);
    expect(lines).toHaveLength(18);
  });

  it('does nothing more to a finished run, and tells what it left', async () => {
    const first = await runTraining(newStage(), optionsIn('run', evaluation));
    const stage = newStage();
    const again = await runTraining(stage, optionsIn('run', { ...evaluation, resume: true }));
    expect({ ...again, seconds: 0 }).toEqual({ ...first, seconds: 0 });
    const stored = await file('run', 15, 'model.safetensors');
    expect(stored.includes(Buffer.from(Float32Array.from(stage.values()['bias'] ?? []).buffer))).toBe(true);
  });

  it('refuses a directory that holds a run, and a resume that would be another run', async () => {
    await runTraining(newStage(), optionsIn('run'));
    await expect(runTraining(newStage(), optionsIn('run'))).rejects.toMatchObject({
      code: 'run-directory-exists',
    });
    for (const [key, change] of [
      ['training.learningRate', { learningRate: 0.03 }],
      ['seed', { seed: 5 }],
      ['training.schedule.minimumRatio', { schedule: cosineSchedule({ minimumRatio: 0.1 }) }],
      ['configuration', { configuration: { beta: 0.1 } }],
    ] as const) {
      const error = await runTraining(newStage(), optionsIn('run', { ...change, resume: true })).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(ConfigurationMismatch);
      expect((error as ConfigurationMismatch).key).toBe(key);
      expect(String(error)).toContain(key);
    }
    const other = newStage();
    other.parameters.get('bias')!.assign(tf.tensor1d([1, 2]));
    await expect(runTraining(other, optionsIn('run', { resume: true }))).rejects.toMatchObject({
      key: 'model.sha256',
    });
    await runTraining(newStage(), optionsIn('run', { resume: true, checkpointEvery: 7 }));
  });

  it('remembers what may change on a resume, and keeps the notes that are not given again', async () => {
    const notes = { commandLine: 'ais sft', api: { calls: 5 } };
    await runTraining(newStage(), optionsIn('run', { notes }));
    const stored = async () => JSON.parse(await readFile(join(root, 'run', 'config.json'), 'utf8'));
    const begun = await stored();
    const raised = { checkpointEvery: 7, notes: { api: { calls: 9 } }, resume: true };
    await runTraining(newStage(), optionsIn('run', raised));
    expect(await stored()).toEqual({
      ...begun,
      checkpoints: { every: 7, keep: 2 },
      notes: { ...notes, api: { calls: 9 } },
    });
  });

  it('leaves alone what it did not write', async () => {
    await mkdir(join(root, 'run'));
    await writeFile(join(root, 'run', 'metrics.jsonl'), 'mine');
    await expect(runTraining(newStage(), optionsIn('run', { resume: true }))).rejects.toMatchObject({
      code: 'run-directory-exists',
    });
    expect(await readFile(join(root, 'run', 'metrics.jsonl'), 'utf8')).toBe('mine');
  });
});

describe('when something goes wrong', () => {
  it('stops at a loss that is not finite, names the records, and keeps the last whole checkpoint', async () => {
    const stage = newStage();
    const run = runTraining(
      stage,
      optionsIn('run', {
        checkpointEvery: 3,
        onProgress: ({ step }) => {
          if (step === 5) for (const index of [7, 11]) stage.poisoned.add(index);
        },
      }),
    );
    const error = await run.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NonFiniteTraining);
    expect(error).toBeInstanceOf(TrainerError);
    expect(error).not.toBeInstanceOf(TrainingInterrupted);
    const { recordIds, lastMetrics, step } = error as NonFiniteTraining;
    expect(recordIds.length).toBeGreaterThan(0);
    expect(['record-7', 'record-11']).toEqual(expect.arrayContaining([...recordIds]));
    expect(lastMetrics['loss']).toBeTypeOf('number');
    expect(step).toBeGreaterThan(5);
    expect(stage.values()['bias']?.every(Number.isFinite)).toBe(true);
  });

  it('never saves parameters that are not finite', async () => {
    const stage = newStage();
    const run = runTraining(
      stage,
      optionsIn('run', {
        checkpointEvery: 3,
        onProgress: ({ step }) => {
          if (step === 14) stage.save = () => Promise.reject(new Error('saved'));
        },
        evaluateAt: [3],
        onEvaluate: async () => ({}),
        learningRate: 3e38,
        maxGradientNorm: 1e30,
      }),
    );
    await expect(run).rejects.toBeInstanceOf(NonFiniteTraining);
    expect(await readdir(join(root, 'run', 'checkpoints'))).toEqual([]);
  });

  it('does not start from parameters that are not finite, and writes nothing then', async () => {
    const stage = newStage();
    tf.tidy(() => stage.parameters.get('bias')!.assign(tf.tensor1d([1, Number.NaN])));
    await expect(runTraining(stage, optionsIn('run'))).rejects.toMatchObject({
      code: 'non-finite-model',
      message: expect.stringContaining('before the first step: bias'),
    });
    expect(await readdir(root)).toEqual([]);
  });

  it('keeps the old checkpoint whole when the disk fills up', async () => {
    const stage = newStage();
    let writes = 0;
    stage.afterSave = () => {
      writes += 1;
      if (writes === 2)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
          syscall: 'write',
        });
    };
    const run = runTraining(stage, optionsIn('run', { checkpointEvery: 4 }));
    await expect(run).rejects.toMatchObject({ name: 'FileError', code: 'disk-full' });
    expect(await readdir(join(root, 'run', 'checkpoints'))).toEqual(['step-4']);
    const resumed = await runTraining(newStage(), optionsIn('run', { checkpointEvery: 4, resume: true }));
    expect(resumed.steps).toBe(15);
  });

  it('finishes after an interruption of its finish as without one, and leaves no unfinished checkpoint', async () => {
    /** Halves the bias when all is learned; the first time, `interrupt` stops it on the way. */
    const finishing = (interrupt: () => void): LinearStage => {
      const stage = newStage();
      const bias = stage.parameters.get('bias') as tf.Variable;
      return Object.assign(stage, {
        async finish(signal?: AbortSignal) {
          interrupt();
          await new Promise((resolve) => setTimeout(resolve, 5));
          signal?.throwIfAborted();
          bias.assign(tf.div(bias, 2));
        },
      });
    };
    const evaluation = { evaluateAt: [7, 15], onEvaluate: async () => ({ 'eval/value': 1 }) };
    await runTraining(
      finishing(() => {}),
      optionsIn('unbroken', evaluation),
    );
    const stop = new AbortController();
    const error = await runTraining(
      finishing(() => stop.abort()),
      optionsIn('run', { ...evaluation, checkpointEvery: 6, signal: stop.signal }),
    ).catch((found: unknown) => found);
    expect(error).toBeInstanceOf(TrainingInterrupted);
    expect((error as TrainingInterrupted).checkpoint).toBe(
      join(root, 'run', 'checkpoints', 'step-15.unfinished'),
    );
    await runTraining(
      finishing(() => {}),
      optionsIn('run', { ...evaluation, checkpointEvery: 6, resume: true }),
    );
    expect((await readdir(join(root, 'run', 'checkpoints'))).sort()).toEqual(['step-12', 'step-15']);
    for (const path of ['model.safetensors', 'optimizer.safetensors']) {
      expect(await file('run', 15, path)).toEqual(await file('unbroken', 15, path));
    }
    expect(await metricsOf('run')).toEqual(await metricsOf('unbroken'));
  });

  it('uses the newest whole checkpoint when one was damaged, and says so', async () => {
    await runTraining(newStage(), optionsIn('unbroken', { checkpointEvery: 4 }));
    await runTraining(newStage(), optionsIn('run', { checkpointEvery: 4 }));
    const path = join(root, 'run', 'checkpoints', 'step-15', 'optimizer.safetensors');
    const content = await readFile(path);
    content[content.length - 3] = (content[content.length - 3] ?? 0) ^ 1;
    await writeFile(path, content);
    const warnings: string[] = [];
    await runTraining(
      newStage(),
      optionsIn('run', { checkpointEvery: 4, resume: true, onWarning: (message) => warnings.push(message) }),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/step-15 is damaged.*step 12 is used/);
    expect(await metricsOf('run')).toEqual(await metricsOf('unbroken'));
  });

  it('says that a folder cannot be written, and leaves it as it was', async () => {
    await chmod(root, 0o555);
    await asNobody(async () => {
      await expect(runTraining(newStage(), optionsIn('run'))).rejects.toMatchObject({
        code: 'not-writable',
      });
    });
    expect(await readdir(root)).toEqual([]);
  });

  it('loses nothing when a folder becomes read-only on the way', async () => {
    await runTraining(newStage(), optionsIn('unbroken', { checkpointEvery: 4 }));
    await chmod(root, 0o777);
    await asNobody(async () => {
      const checkpoints = join(root, 'run', 'checkpoints');
      const options = optionsIn('run', {
        checkpointEvery: 4,
        callbacks: [{ checkpoint: () => chmod(checkpoints, 0o555) }],
      });
      await expect(runTraining(newStage(), options)).rejects.toMatchObject({ code: 'not-writable' });
      expect(await readdir(checkpoints)).toEqual(['step-4']);
      await chmod(checkpoints, 0o777);
      await runTraining(newStage(), optionsIn('run', { checkpointEvery: 4, resume: true }));
    });
    expect(await metricsOf('run')).toEqual(await metricsOf('unbroken'));
  });

  it('says that there is a file where the folder should be', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(runTraining(newStage(), optionsIn('file/run'))).rejects.toMatchObject({
      code: 'not-writable',
    });
  });

  it('refuses options out of range before it writes anything', async () => {
    for (const change of [
      { batchSize: 0 },
      { steps: 3 },
      { epochs: 0 },
      { epochs: Number.NaN },
      { freeze: () => true },
      { learningRate: Number.NaN },
      { maxGradientNorm: 0 },
      { keepCheckpoints: 0 },
      { evaluateAt: [16], onEvaluate: async () => ({}) },
      { adamw: { beta1: 1 } },
    ]) {
      await expect(runTraining(newStage(), optionsIn('run', change))).rejects.toMatchObject({
        code: 'invalid-option',
      });
    }
    expect(await readdir(root)).toEqual([]);
  });
});
