import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type LinearStage, linearStage } from '../../test/linear-stage.js';
import { runFolder } from '../../test/run-folder.js';
import { NonFiniteTraining, TrainingInterrupted } from '../errors.js';
import { createRunCheckpoints, type RunCheckpoints } from './run-checkpoints.js';
import { RunState } from './run-state.js';

describe('createRunCheckpoints', () => {
  const folder = runFolder();
  const stages: LinearStage[] = [];
  const opened: RunCheckpoints[] = [];
  afterEach(async () => {
    for (const checkpoints of opened.splice(0)) await checkpoints.close();
    for (const stage of stages.splice(0)) stage.dispose();
  });

  const setUp = async (
    options: { signal?: AbortSignal; alsoKept?: () => number[]; onWritten?: () => Promise<void> } = {},
  ) => {
    const run = { checkpoints: folder('checkpoints'), metrics: folder('metrics.jsonl') };
    await mkdir(run.checkpoints);
    await writeFile(run.metrics, 'so far\n');
    const state = new RunState();
    const stage = linearStage();
    stages.push(stage);
    const written: number[] = [];
    const checkpoints = createRunCheckpoints(run, state, {
      stage,
      newest: undefined,
      signal: options.signal,
      keep: 2,
      alsoKept: options.alsoKept ?? (() => []),
      writeState: (directory) => writeFile(join(directory, 'state'), `${state.step}`),
      onWritten: async ({ step }) => {
        written.push(step);
        await options.onWritten?.();
      },
    });
    opened.push(checkpoints);
    return { run, state, stage, checkpoints, written };
  };

  it('writes the state as it is, once, and keeps what it is told to keep', async () => {
    const { run, state, checkpoints, written } = await setUp({ alsoKept: () => [1] });
    expect(checkpoints.upToDate()).toBe(false);
    for (const step of [1, 2, 2, 3, 4]) {
      state.step = step;
      await checkpoints.write();
      expect(checkpoints.upToDate()).toBe(true);
    }
    await checkpoints.settle();
    expect(written).toEqual([1, 2, 3, 4]);
    expect((await readdir(run.checkpoints)).sort()).toEqual(['step-1', 'step-3', 'step-4']);
    const newest = join(run.checkpoints, 'step-4');
    expect(await readFile(join(newest, 'state'), 'utf8')).toBe('4');
    expect(await readFile(join(newest, 'metrics.jsonl'), 'utf8')).toBe('so far\n');
  });

  it('tells an unfinished checkpoint from that of the finished run', async () => {
    const { run, state, checkpoints } = await setUp();
    state.step = 3;
    state.unfinished = true;
    expect((await checkpoints.interrupt()).checkpoint).toBe(join(run.checkpoints, 'step-3.unfinished'));
    expect(checkpoints.upToDate()).toBe(false);
    state.unfinished = false;
    await checkpoints.write();
    await checkpoints.settle();
    expect(checkpoints.upToDate()).toBe(true);
    expect(await readdir(run.checkpoints)).toEqual(['step-3']);
  });

  it('never saves parameters that are not finite, and names them', async () => {
    const { run, state, stage, checkpoints } = await setUp();
    state.lastRecordIds = ['a', 'b'];
    tf.tidy(() => stage.parameters.get('bias')!.assign(tf.tensor1d([Number.NaN, 1])));
    const error = await checkpoints.write().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NonFiniteTraining);
    expect(error).toMatchObject({ what: 'parameters', parameters: ['bias'], recordIds: ['a', 'b'] });
    expect(await readdir(run.checkpoints)).toEqual([]);
  });

  it('tells of what failed in the background', async () => {
    const onWritten = (): Promise<void> => Promise.reject(new Error('no space'));
    const { state, checkpoints } = await setUp({ onWritten });
    await checkpoints.write();
    await expect(checkpoints.settle()).rejects.toThrow('no space');
    expect(() => checkpoints.check()).toThrow('no space');
    state.step = 1;
    await expect(checkpoints.write()).rejects.toThrow('no space');
    await checkpoints.close();
  });

  it('writes at once when work is aborted, even if the work does not listen', async () => {
    const stop = new AbortController();
    const { run, checkpoints } = await setUp({ signal: stop.signal });
    const done = await checkpoints.interruptible(async () => {
      stop.abort();
      while ((await readdir(run.checkpoints)).join() !== 'step-0') await tf.nextFrame();
      return 'done';
    });
    expect(done).toBe('done');
  });

  it('turns whatever aborted work throws into the interruption, and leaves other errors alone', async () => {
    const stop = new AbortController();
    const { checkpoints } = await setUp({ signal: stop.signal });
    const failing = (abort: boolean) =>
      checkpoints.interruptible(async () => {
        if (abort) stop.abort();
        throw new Error('work');
      });
    await expect(failing(false)).rejects.toThrow('work');
    await expect(failing(true)).rejects.toBeInstanceOf(TrainingInterrupted);
  });
});
