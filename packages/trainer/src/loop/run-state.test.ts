import { appendFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linearStage } from '../../test/linear-stage.js';
import { runFolder } from '../../test/run-folder.js';
import { createAdamW } from '../optimizer/adamw.js';
import type { RunDirectory } from '../run/run-directory.js';
import { RunState, restoreRun } from './run-state.js';
import { runTraining } from './training-loop.js';

describe('restoreRun', () => {
  const folder = runFolder();
  const directoryOf = (name: string): RunDirectory => ({
    directory: folder(name),
    metrics: join(folder(name), 'metrics.jsonl'),
    checkpoints: join(folder(name), 'checkpoints'),
    dumps: join(folder(name), 'non-finite'),
  });

  /** A run of 6 steps with checkpoints after 4 and 6, and evaluations after 2 and 4. */
  const train = async (): Promise<RunDirectory> => {
    const stage = linearStage();
    await runTraining(stage, {
      directory: folder('run'),
      seed: 1,
      steps: 6,
      batchSize: 5,
      learningRate: 0.01,
      checkpointEvery: 4,
      evaluateAt: [2, 4],
      onEvaluate: async ({ step }) => ({ eval_value: step }),
    });
    stage.dispose();
    return directoryOf('run');
  };

  const restore = async (run: RunDirectory) => {
    const stage = linearStage();
    const optimizer = createAdamW(stage.parameters);
    const state = new RunState();
    const warnings: string[] = [];
    try {
      const restored = await restoreRun(run, { state, stage, optimizer }, (code) => warnings.push(code));
      await restored.log.close();
      const { updates } = await optimizer.state();
      return { ...restored, state, warnings, updates, values: stage.values() };
    } finally {
      optimizer.dispose();
      stage.dispose();
    }
  };

  it('starts a run that has no checkpoint', async () => {
    const run = directoryOf('new');
    await mkdir(run.directory);
    const { state, checkpoint, evaluated, earlier, warnings } = await restore(run);
    expect(state).toEqual(new RunState());
    expect(state.position).toEqual({ step: 0, metricsOffset: 0, tokens: 0, skipped: 0, skippedInRow: 0 });
    expect([checkpoint, evaluated, earlier, warnings]).toEqual([undefined, false, [], []]);
  });

  it('restores model, optimizer, position, and what the run had shown', async () => {
    const run = await train();
    const { state, updates, earlier, checkpoint, evaluated, warnings } = await restore(run);
    expect(state.step).toBe(6);
    expect(state.metricsOffset).toBe((await readFile(run.metrics)).length);
    expect(state.evaluations.map(({ step, metrics }) => [step, metrics['eval_value']])).toEqual([
      [2, 2],
      [4, 4],
    ]);
    expect(earlier.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(state.lastMetrics).toEqual(earlier[5]?.metrics);
    expect(state.lastMetrics['num_tokens']).toBe(state.tokens);
    expect([updates, state.unfinished, evaluated, warnings]).toEqual([6, false, false, []]);
    expect(checkpoint?.directory).toBe(join(run.checkpoints, 'step-6'));
  });

  it('goes back to an earlier checkpoint when the newest is damaged, and keeps the evaluation of its step', async () => {
    const run = await train();
    const whole = await restore(run);
    await appendFile(join(run.checkpoints, 'step-6', 'model.safetensors'), ' ');
    const { state, updates, earlier, evaluated, warnings, values } = await restore(run);
    expect([state.step, updates, evaluated, warnings]).toEqual([4, 4, true, ['damaged-checkpoint']]);
    expect(earlier.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(values).not.toEqual(whole.values);
  });

  it('takes the metrics from the checkpoint when the file was changed', async () => {
    const run = await train();
    const before = await readFile(run.metrics);
    await writeFile(run.metrics, 'gone\n');
    const { warnings } = await restore(run);
    expect(warnings).toEqual(['restored-metrics']);
    expect(await readFile(run.metrics)).toEqual(before);
  });

  it('knows a checkpoint whose finish is still to come', async () => {
    const run = await train();
    await cp(run.directory, folder('stopped'), { recursive: true });
    const stopped = directoryOf('stopped');
    await cp(join(stopped.checkpoints, 'step-6'), join(stopped.checkpoints, 'step-7.unfinished'), {
      recursive: true,
    });
    expect((await restore(stopped)).state.unfinished).toBe(true);
  });
});
