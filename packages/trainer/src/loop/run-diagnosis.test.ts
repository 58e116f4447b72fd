import { afterEach, describe, expect, it } from 'vitest';
import { type LinearStage, linearStage } from '../../test/linear-stage.js';
import { runFolder } from '../../test/run-folder.js';
import { runTraining } from './training-loop.js';
import type { TrainingOptions, TrainingResult } from './training-options.js';

const folder = runFolder();
const stages: LinearStage[] = [];
afterEach(() => {
  for (const stage of stages.splice(0)) stage.dispose();
});

/** A run whose lengths collapse at step 6, and whose gradient spikes where it is told to. */
function run(heard: string[], options: Partial<TrainingOptions> = {}): Promise<TrainingResult> {
  const stage = linearStage();
  stages.push(stage);
  return runTraining(stage, {
    directory: folder('run'),
    seed: 3,
    steps: 24,
    batchSize: 5,
    learningRate: 1e-4,
    onWarning: () => {},
    evaluateAt: [0, 3, 6, 9],
    onEvaluate: async ({ step }) => ({ eval_mean_length: step < 6 ? 20 : 1 }),
    callbacks: [{ warning: ({ step, code, message }) => void heard.push(`${step} ${code}: ${message}`) }],
    ...options,
  });
}

describe('a run', () => {
  it('warns of what its evaluations show, once, with the numbers and advice', async () => {
    const heard: string[] = [];
    await run(heard);
    expect(heard).toEqual([
      '6 empty-responses: Responses collapse to nothing. The mean length in tokens fell from 20 (step 0) to 1 (step 6). ' +
        'Go back to an earlier checkpoint; take a larger β or a smaller learning rate.',
    ]);
  });

  it('does not repeat after a resume what it warned of before', async () => {
    const heard: string[] = [];
    const controller = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 8) controller.abort();
    };
    await expect(run(heard, { signal: controller.signal, onProgress })).rejects.toThrow();
    await run(heard, { resume: true });
    expect(heard).toHaveLength(1);
  });

  it('says at its end what could not be told before', async () => {
    const heard: string[] = [];
    const schedule = {
      name: 'explosive',
      settings: {},
      ratio: ({ step, steps }: { readonly step: number; readonly steps: number }) => (step / steps) ** 3,
    };
    await run(heard, { steps: 40, learningRate: 300, schedule, evaluateAt: [], watch: { lossSpike: false } });
    expect(heard.map((text) => text.split(':')[0])).toEqual(['40 loss-rises']);
  });

  it('says nothing if it is told not to look', async () => {
    const heard: string[] = [];
    await run(heard, { watch: { diagnosis: false } });
    expect(heard).toEqual([]);
  });
});
