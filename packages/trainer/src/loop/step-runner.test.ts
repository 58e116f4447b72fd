import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type LinearStage, linearStage } from '../../test/linear-stage.js';
import { runFolder } from '../../test/run-folder.js';
import { NonFiniteTraining } from '../errors.js';
import { createAdamW } from '../optimizer/adamw.js';
import { linearSchedule } from '../optimizer/schedules.js';
import type { MetricsLine } from '../run/metrics-log.js';
import { RunState } from './run-state.js';
import { createStepRunner } from './step-runner.js';
import { planTraining, type TrainingOptions } from './training-options.js';

describe('createStepRunner', () => {
  const folder = runFolder();
  const disposals: (() => void)[] = [];
  afterEach(() => {
    for (const dispose of disposals.splice(0)) dispose();
  });

  const setUp = (more: Partial<TrainingOptions> = {}, adapt: (stage: LinearStage) => void = () => {}) => {
    const stage = linearStage();
    adapt(stage);
    const options: TrainingOptions = {
      directory: folder('run'),
      seed: 1,
      steps: 10,
      batchSize: 5,
      learningRate: 0.1,
      schedule: linearSchedule(),
      ...more,
    };
    const optimizer = createAdamW(stage.parameters);
    disposals.push(stage.dispose, optimizer.dispose);
    const state = new RunState();
    const lines: MetricsLine[] = [];
    const warnings: string[] = [];
    const step = createStepRunner(state, options, {
      stage,
      trained: stage.parameters,
      optimizer,
      dumps: folder('dumps'),
      plan: planTraining(stage.exampleCount, options),
      log: { append: async (line) => 100 * lines.push(line) },
      interruptible: (work) => work(),
      observe: (at) => (at === 2 ? [{ code: 'loss-spike', message: 'a leap' }] : []),
      warn: (code) => warnings.push(code),
    });
    return { stage, state, lines, warnings, step };
  };

  it('updates the parameters, writes a line, and moves the state forward', async () => {
    const { stage, state, lines, warnings, step } = setUp({ maxGradientNorm: 0.5 });
    const before = stage.values();
    await step();
    await step();
    expect(stage.values()).not.toEqual(before);
    expect(lines).toMatchObject([
      { event: 'train', step: 1, epoch: 0.2, learning_rate: 0.1 },
      { event: 'train', step: 2, epoch: 0.4, learning_rate: 0.1 * 0.9, num_tokens: state.tokens },
    ]);
    expect(state.position).toMatchObject({ step: 2, metricsOffset: 200, skipped: 0, skippedInRow: 0 });
    expect(state.lastMetrics['loss']).toBe(lines[1]?.['loss']);
    expect(state.lastRecordIds).toHaveLength(5);
    expect(warnings).toEqual(['loss-spike']);
  });

  it('lets the stage prepare the batch and hear of the update', async () => {
    const heard: unknown[] = [];
    const { step } = setUp({}, (stage) => {
      Object.assign(stage, {
        prepare: async (indices: readonly number[], { step }: { step: number }) =>
          heard.push([indices.length, step]),
        updated: (updates: number) => heard.push(updates),
      });
    });
    await step();
    await step();
    expect(heard).toEqual([[5, 0], 1, [5, 1], 2]);
  });

  it('skips steps that are not finite without touching the parameters, then stops with a dump', async () => {
    const { stage, state, lines, warnings, step } = setUp({ nonFinite: { skip: 2 } });
    await step();
    for (let index = 0; index < stage.exampleCount; index++) stage.poisoned.add(index);
    const before = stage.values();
    await step();
    await step();
    expect(state.position).toMatchObject({ step: 3, skipped: 2, skippedInRow: 2, metricsOffset: 300 });
    expect(lines.map(({ event, skipped }) => [event, skipped])).toEqual([
      ['train', undefined],
      ['skip', 1],
      ['skip', 2],
    ]);
    expect(warnings).toEqual(['skipped-step', 'skipped-step']);
    const error = await step().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NonFiniteTraining);
    expect(error).toMatchObject({ what: 'loss', step: 4, lastMetrics: state.lastMetrics });
    expect(stage.values()).toEqual(before);
    expect(state.step).toBe(3);
    expect(await readdir(folder('dumps'))).toEqual(['step-4']);
  });

  it('forgets skipped steps once one is finite', async () => {
    const heard: number[] = [];
    const { stage, state, step } = setUp({ nonFinite: { skip: 2 } }, (stage) => {
      Object.assign(stage, { updated: (steps: number) => heard.push(steps) });
    });
    for (let index = 0; index < stage.exampleCount; index++) stage.poisoned.add(index);
    await step();
    stage.poisoned.clear();
    await step();
    // A reference that moves every few steps must not miss its turn.
    expect(heard).toEqual([1, 2]);
    expect(state.position).toMatchObject({ step: 2, skipped: 1, skippedInRow: 0 });
  });
});
