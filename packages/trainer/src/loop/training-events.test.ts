import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type LinearStage, linearStage } from '../../test/linear-stage.js';
import { runFolder, untimedMetrics } from '../../test/run-folder.js';
import { NonFiniteTraining, TrainingInterrupted } from '../errors.js';
import { readMetrics } from '../run/metrics-log.js';
import { bestEvaluation, endsEarly } from './checkpoint-selection.js';
import type { TrainingCallback } from './training-callbacks.js';
import { runTraining } from './training-loop.js';
import { createMonitor } from './training-monitor.js';
import type { TrainingOptions, TrainingResult } from './training-options.js';

const folder = runFolder();
const stages: LinearStage[] = [];
afterEach(() => {
  for (const stage of stages.splice(0)) stage.dispose();
});
const newStage = (): LinearStage => {
  const stage = linearStage();
  stages.push(stage);
  return stage;
};
const run = (
  name: string,
  options: Partial<TrainingOptions> = {},
  stage: LinearStage = newStage(),
): Promise<TrainingResult> =>
  runTraining(stage, {
    directory: folder(name),
    seed: 3,
    steps: 12,
    batchSize: 5,
    learningRate: 0.02,
    onWarning: () => {},
    ...options,
  });
const checkpointsOf = async (name: string): Promise<string[]> =>
  (await readdir(join(folder(name), 'checkpoints'))).sort();
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('callbacks', () => {
  it('hear of everything in order, and stop the run with a checkpoint', async () => {
    const heard: string[] = [];
    const result = await run('run', {
      checkpointEvery: 3,
      evaluateAt: [2],
      onEvaluate: async () => ({ 'eval/x': 1 }),
      callbacks: [
        {
          start: ({ step }) => void heard.push(`start ${step}`),
          step: async ({ step, remainingSeconds, evaluation }, control) => {
            heard.push(`step ${step}`);
            expect(remainingSeconds).toBeGreaterThan(0);
            expect(evaluation).toEqual(step > 2 ? { 'eval/x': 1 } : {});
            if (step === 4) control.stop('enough');
          },
          evaluate: ({ step, metrics }) => void heard.push(`evaluate ${step} ${metrics['eval/x']}`),
          checkpoint: ({ step, directory }) => {
            expect(existsSync(directory)).toBe(true);
            heard.push(`checkpoint ${step}`);
          },
          end: ({ reason }) => void heard.push(`end ${reason}`),
        },
      ],
    });
    expect(result).toMatchObject({ steps: 4, stopped: 'enough' });
    expect(result.checkpoint).toMatch(/step-4$/);
    expect(heard.filter((line) => !line.startsWith('checkpoint'))).toEqual([
      'start 0',
      'step 1',
      'step 2',
      'evaluate 2 1',
      'step 3',
      'step 4',
      'end stopped',
    ]);
    expect(heard.filter((line) => line.startsWith('checkpoint'))).toEqual(['checkpoint 3', 'checkpoint 4']);
    const resumed = await run('run', { resume: true, evaluateAt: [2], onEvaluate: async () => ({}) });
    expect(resumed.steps).toBe(12);
  });
});

describe('the last report of progress has the evaluation with which the run ends', () => {
  const evaluated = async (name: string, options: Partial<TrainingOptions>) => {
    const reports: [number, unknown][] = [];
    await run(name, {
      evaluateAt: [0, 4, 8, 12],
      onEvaluate: async ({ step }) => ({ 'eval/step': step }),
      onProgress: ({ step, evaluation }) => void reports.push([step, evaluation['eval/step']]),
      ...options,
    });
    return reports;
  };

  it('at the last step', async () => {
    const reports = await evaluated('whole', {});
    expect(reports.slice(-2)).toEqual([
      [11, 8],
      [12, 12],
    ]);
    expect(reports).toHaveLength(12);
    // One that is resumed at its end says so again.
    expect(await evaluated('whole', { resume: true })).toEqual([[12, 12]]);
  });

  it('where patience ends it, or a callback', async () => {
    const selection = { metric: 'eval/step', mode: 'min', patience: 2 } as const;
    expect((await evaluated('patient', { selection })).at(-1)).toEqual([8, 8]);
    const callback: TrainingCallback = {
      step: ({ step }, control) => {
        if (step === 4) control.stop('enough');
      },
    };
    expect((await evaluated('stopped', { callbacks: [callback] })).at(-1)).toEqual([4, 4]);
  });
});

it('tells all callbacks of the end, also where one of them throws then', async () => {
  const heard: string[] = [];
  const callback = (name: string) => ({
    end: ({ reason }: { readonly reason: string }) => {
      heard.push(`${name} ${reason}`);
      throw new Error(`${name} fails`);
    },
  });
  const result = run('run', { callbacks: [callback('first'), callback('second')] });
  await expect(result).rejects.toThrow('first fails');
  expect(heard).toEqual(['first finished', 'second finished']);
});

describe('frozen parameters', () => {
  it('stay as they are, and are written into the configuration', async () => {
    const stage = newStage();
    const before = stage.values();
    await run('run', { freeze: (name) => name === 'bias' }, stage);
    expect(stage.values()['bias']).toEqual(before['bias']);
    expect(stage.values()['weight']).not.toEqual(before['weight']);
    const configuration = JSON.parse(await readFile(join(folder('run'), 'config.json'), 'utf8'));
    expect(configuration.training.frozen).toEqual(['bias']);
  });
});

describe('steps that are not finite', () => {
  const poisoned = (...records: number[]): LinearStage => {
    const stage = newStage();
    for (const record of records) stage.poisoned.add(record);
    return stage;
  };

  it('are left out if asked, counted, named, and the same after a resume', async () => {
    const options: Partial<TrainingOptions> = { nonFinite: { skip: 2 }, checkpointEvery: 1 };
    const warnings: string[] = [];
    const result = await run(
      'unbroken',
      { ...options, onWarning: (message) => warnings.push(message) },
      poisoned(7),
    );
    const skips = (await readMetrics(join(folder('unbroken'), 'metrics.jsonl'))).filter(
      ({ event }) => event === 'skip',
    );
    expect(skips.length).toBeGreaterThanOrEqual(2);
    expect(skips.map(({ loss, skipped }) => [loss, skipped])).toEqual(
      skips.map((_, index) => ['record-7', index + 1]),
    );
    expect(warnings).toHaveLength(skips.length);
    expect(result.steps).toBe(12);

    const controller = new AbortController();
    const onProgress = ({ skipped }: { skipped: number }): void => {
      if (skipped === 1) controller.abort();
    };
    const broken = run('broken', { ...options, signal: controller.signal, onProgress }, poisoned(7));
    expect(await failureOf(broken)).toBeInstanceOf(TrainingInterrupted);
    await run('broken', { ...options, resume: true }, poisoned(7));
    expect(await untimedMetrics(folder('broken'))).toEqual(await untimedMetrics(folder('unbroken')));
  });

  it('stop the run when too many come in a row, with a dump that reproduces the step', async () => {
    const all = Array.from({ length: 23 }, (_, index) => index);
    const error = await failureOf(run('run', { nonFinite: { skip: 3 } }, poisoned(...all)));
    expect(error).toBeInstanceOf(NonFiniteTraining);
    const { dump, step, recordIds, parameters } = error as NonFiniteTraining;
    expect(step).toBe(4);
    expect(recordIds).toHaveLength(5);
    expect(parameters).toEqual(['weight', 'bias']);
    expect(String(error)).toContain(JSON.stringify(dump));

    await writeFile(join(dump ?? '', '.DS_Store'), 'of a file manager');
    const before = await readdir(folder('run'), { recursive: true });
    const replay = { replay: dump ?? '' };
    const again = await failureOf(run('other', replay, poisoned(...all)));
    expect(again).toBeInstanceOf(NonFiniteTraining);
    expect(again).toMatchObject({ step, recordIds, parameters, what: 'loss' });
    expect(await failureOf(run('other', replay))).toMatchObject({ code: 'not-reproduced' });
    expect(existsSync(folder('other'))).toBe(false);
    expect(await readdir(folder('run'), { recursive: true })).toEqual(before);
  });
});

describe('the best checkpoint', () => {
  // A win rate that peaks at step 6, beside a KL divergence that grows.
  const rates: Record<number, number> = { 0: 0.5, 2: 0.55, 4: 0.6, 6: 0.7, 8: 0.65, 10: 0.6, 12: 0.5 };
  const evaluation: Partial<TrainingOptions> = {
    evaluateAt: Object.keys(rates).map(Number),
    onEvaluate: async ({ step }) => ({ win: rates[step] ?? 0, kl: step }),
    keepCheckpoints: 1,
  };

  it('is kept beside the newest, by the peak of a metric or within a budget of another', async () => {
    const peak = await run('peak', { ...evaluation, selection: { metric: 'win' } });
    expect(peak.best).toMatchObject({ step: 6, metrics: { win: 0.7 } });
    expect(await checkpointsOf('peak')).toEqual(['step-12', 'step-6']);
    const budget = { metric: 'kl', maximum: 5 };
    const within = await run('budget', { ...evaluation, selection: { metric: 'win', budget } });
    expect(within.best?.checkpoint).toMatch(/step-4$/);
    expect(await checkpointsOf('budget')).toEqual(['step-12', 'step-4']);
  });

  it('ends the run early where patience says so, for good', async () => {
    const options = { ...evaluation, selection: { metric: 'win', patience: 2 } };
    const result = await run('run', options);
    expect(result.steps).toBe(10);
    expect(result.stopped).toMatch(/best at step 6, 2 evaluations ago/);
    expect(await run('run', { ...options, resume: true })).toMatchObject({ steps: 10, best: { step: 6 } });
  });

  it('ends no run that has come to its last step', async () => {
    const ends: string[] = [];
    const result = await run('run', {
      ...evaluation,
      selection: { metric: 'win', patience: 3 },
      callbacks: [{ end: ({ reason }) => void ends.push(reason) }],
    });
    expect(result).toMatchObject({ steps: 12, best: { step: 6 } });
    expect(result).not.toHaveProperty('stopped');
    expect(ends).toEqual(['finished']);
  });

  it('is told from numbers alone', () => {
    const at = (step: number, metrics: Record<string, number>) => ({ step, epoch: 0, metrics });
    const points = [at(1, { x: Number.NaN }), at(2, { x: 3 }), at(3, { x: 1 }), at(4, { x: 1 }), at(5, {})];
    expect(bestEvaluation(points, { metric: 'x' })?.step).toBe(2);
    expect(bestEvaluation(points, { metric: 'x', mode: 'min' })?.step).toBe(3);
    expect(bestEvaluation(points, { metric: 'y' })).toBeUndefined();
    const losses = [at(1, { eval_loss: 3 }), at(2, { eval_loss: 1 }), at(3, { eval_loss: 2 })];
    expect(bestEvaluation(losses, { metric: 'eval_loss' })?.step).toBe(2);
    expect(bestEvaluation(losses, { metric: 'eval_loss', mode: 'max' })?.step).toBe(1);
    expect(endsEarly(points, { metric: 'x', patience: 3 })).toContain('step 2');
    expect(endsEarly(points, { metric: 'x', patience: 4 })).toBeUndefined();
    expect(endsEarly(points, { metric: 'x' })).toBeUndefined();
  });

  it('needs the metric that it goes by', async () => {
    const missing = run('run', { ...evaluation, selection: { metric: 'wins' } });
    await expect(missing).rejects.toThrow(/is by wins.*It has win, kl/);
  });
});

describe('a run directory', () => {
  it('belongs to one process at a time', async () => {
    let second: unknown;
    await run('run', {
      callbacks: [
        {
          step: async ({ step }) => {
            if (step === 2) second = await failureOf(run('run', { resume: true }));
          },
        },
      ],
    });
    expect(second).toMatchObject({ name: 'FileError', code: 'in-use' });
    expect(String(second)).toContain(`process ${process.pid}`);
    expect(existsSync(join(folder('run'), 'run.lock'))).toBe(false);
  });

  it('is taken over from a process that has ended, but not from one on another machine', async () => {
    await run('run');
    const lock = join(folder('run'), 'run.lock');
    const holder = {
      token: 'x',
      host: hostname(),
      process: 2 ** 22 + 1,
      started: null,
      since: 'then',
      beats: false,
    };
    await writeFile(lock, JSON.stringify(holder));
    const warnings: string[] = [];
    await run('run', { resume: true, onWarning: (message) => warnings.push(message) });
    expect(warnings[0]).toMatch(/was left by process 4194305/);
    await writeFile(lock, JSON.stringify({ ...holder, host: 'elsewhere' }));
    await expect(run('run', { resume: true })).rejects.toThrow(/elsewhere.*run\.lock/);
    // The same number, but not the process that took the lock.
    await writeFile(lock, JSON.stringify({ ...holder, process: process.pid, started: 'earlier' }));
    if (process.platform === 'linux') await run('run', { resume: true });
  });

  it('gets its metrics back from the checkpoint when they were lost', async () => {
    await run('unbroken', { checkpointEvery: 5 });
    const controller = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 7) controller.abort();
    };
    await failureOf(run('run', { checkpointEvery: 5, signal: controller.signal, onProgress }));
    await rm(join(folder('run'), 'metrics.jsonl'));
    const warnings: string[] = [];
    await run('run', { resume: true, checkpointEvery: 5, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringContaining('restored from the checkpoint of step 7')]);
    expect(await untimedMetrics(folder('run'))).toEqual(await untimedMetrics(folder('unbroken')));
  });
});

it('writes its checkpoint at once when it is to stop during an evaluation that does not listen', async () => {
  const controller = new AbortController();
  let stored: string[] = [];
  const interrupted = run('run', {
    evaluateAt: [5],
    signal: controller.signal,
    onEvaluate: async () => {
      controller.abort();
      while (stored.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        stored = (await checkpointsOf('run')).filter((name) => name.startsWith('step-'));
      }
      return { value: 1 };
    },
  });
  expect(await failureOf(interrupted)).toMatchObject({ name: 'TrainingInterrupted', step: 5 });
  expect(stored).toEqual(['step-5']);
});

describe('the monitor', () => {
  it('warns of a loss that leaps, once, and of weights that collapse', () => {
    const monitor = createMonitor();
    const codes: string[] = [];
    for (let step = 1; step <= 60; step++) {
      const loss = 0.7 + 0.01 * Math.sin(step) + (step === 40 || step === 41 ? 5 : 0);
      const weights = { 'weights/effective_sample_size': step >= 50 ? 0.05 : 0.9 };
      for (const { code, message } of monitor.observe(step, { loss, ...weights })) {
        codes.push(`${code} ${step}`);
        expect(message).toMatch(/learning rate|Smooth the importance weights/);
      }
    }
    expect(codes).toEqual(['loss-spike 40', 'weight-collapse 50']);
  });

  it('watches the weights of every term of a sum', () => {
    const metrics = {
      'weights/effective_sample_size': 0.9,
      'ais-dpo-2/weights/effective_sample_size': 0.05,
      'other_weights/effective_sample_size': 0.01,
    };
    expect(createMonitor().observe(1, metrics)).toEqual([
      {
        code: 'weight-collapse',
        message: expect.stringContaining(
          'The effective sample size of ais-dpo-2 at step 1 is 5.0 % of the batch',
        ),
      },
    ]);
  });

  it('says nothing of what it was told to leave', () => {
    const monitor = createMonitor({ lossSpike: false, effectiveSampleSize: false });
    for (let step = 1; step <= 40; step++) {
      const metrics = { loss: step === 40 ? 100 : 1, 'weights/effective_sample_size': 0 };
      expect(monitor.observe(step, metrics)).toEqual([]);
    }
  });
});
