import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { TrainingInterrupted } from '../src/errors.js';
import type { TrainingOptions } from '../src/loop/training-options.js';
import { untimedMetrics } from './run-folder.js';

/**
 * Trains twice: unbroken as `whole`, and as `broken` with an interruption. Both have the same metrics in the end, and the same files in
 * their last checkpoints, to the last bit.
 *
 * @param folder of a run, by its name
 * @param train a run of that name, from the start, with further options
 * @returns what both runs return
 */
export async function expectResumesBitForBit<Result>(
  folder: (name: string) => string,
  train: (
    name: 'whole' | 'broken',
    more: Pick<TrainingOptions, 'signal' | 'onProgress' | 'resume'>,
  ) => Promise<Result>,
  {
    abortAt,
    lastStep,
    files = ['model.safetensors', 'optimizer.safetensors'],
  }: { readonly abortAt: number; readonly lastStep: number; readonly files?: readonly string[] },
): Promise<{ readonly whole: Result; readonly resumed: Result }> {
  const whole = await train('whole', {});
  const controller = new AbortController();
  const broken = train('broken', {
    signal: controller.signal,
    onProgress: ({ step }) => {
      if (step === abortAt) controller.abort();
    },
  });
  await expect(broken).rejects.toBeInstanceOf(TrainingInterrupted);
  const resumed = await train('broken', { resume: true });
  for (const file of files) {
    const [a, b] = await Promise.all(
      ['whole', 'broken'].map((name) =>
        readFile(join(folder(name), 'checkpoints', `step-${lastStep}`, file)),
      ),
    );
    expect(a?.equals(b as Buffer), file).toBe(true);
  }
  expect(await untimedMetrics(folder('broken'))).toEqual(await untimedMetrics(folder('whole')));
  return { whole, resumed };
}
