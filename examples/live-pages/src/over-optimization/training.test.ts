import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  type MeasuredPolicy,
  methods,
  riseAndFall,
  type TrainingEvent,
  type TrainingSettings,
} from './choice.js';
import { train } from './training.js';

const tiny: TrainingSettings = {
  model: { hiddenSize: 16, layerCount: 1, headCount: 2 },
  reference: { steps: 30, batchSize: 16, learningRate: 1e-2, wrong: 0.05 },
  pairs: { prompts: 24, noise: 0.25 },
  preference: { steps: 4, batchSize: 8, learningRate: 5e-3, evaluations: 2 },
  evaluation: { prompts: 12, temperature: 1 },
};

async function events(seed: number): Promise<TrainingEvent[]> {
  const found: TrainingEvent[] = [];
  for await (const event of train({ seed, beta: 0.01, alpha: '1/|y|' }, tiny)) found.push(event);
  return found;
}

const measured = (found: readonly TrainingEvent[], method: string): MeasuredPolicy[] =>
  found.flatMap((event) => (event.kind === 'measured' && event.method === method ? [event] : []));

it('measures both methods from the same start, leaves no tensors, and repeats itself for a seed', async () => {
  const before = tf.memory().numTensors;
  const found = await events(5);
  expect(tf.memory().numTensors).toBe(before);
  const [dpo = [], ais = []] = methods.map((method) => measured(found, method));
  for (const points of [dpo, ais]) {
    expect(points.map(({ step }) => step)).toEqual([0, 2, 4]);
    expect(points[0]?.squareRootKl).toBeCloseTo(0, 3);
    expect(points[2]?.squareRootKl).toBeGreaterThan(0.01);
    expect(points[2]?.samples.length).toBe(5);
    expect(riseAndFall(points).end.n).toBe(12);
  }
  expect(dpo[0]?.outcomes).toEqual(ais[0]?.outcomes);
  expect(dpo[2]?.squareRootKl).not.toBe(ais[2]?.squareRootKl);
  expect(await events(5)).toEqual(found);
});

it('frees everything when it is left early', async () => {
  const before = tf.memory().numTensors;
  for await (const event of train({ seed: 5, beta: 0.01, alpha: '1' }, tiny)) {
    if (event.kind === 'measured') break;
  }
  expect(tf.memory().numTensors).toBe(before);
});
