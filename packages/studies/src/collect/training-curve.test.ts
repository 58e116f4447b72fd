import type { MetricsLine } from '@ais/trainer/runs';
import { expect, test } from 'vitest';
import { trainingCurve } from './training-curve.js';

const step = (number: number, loss: number, more: Readonly<Record<string, number>> = {}): MetricsLine => ({
  event: 'train',
  step: number,
  epoch: 0,
  loss,
  'rewards/accuracies': 0.5,
  ...more,
});

test('a training curve averages stretches of even length, and leaves evaluations out', () => {
  const evaluation: MetricsLine = { event: 'evaluate', step: 2, epoch: 0, loss: 100 };
  const lines = [step(1, 1), step(2, 3), evaluation, step(3, 5), step(4, 7)];
  expect(trainingCurve(lines, 2)).toEqual([
    { fraction: 0.5, loss: 2, accuracy: 0.5 },
    { fraction: 1, loss: 6, accuracy: 0.5 },
  ]);
  expect(trainingCurve(lines, 40).map(({ loss }) => loss)).toEqual([1, 3, 5, 7]);
});

test('a training curve has the weights of a weighted method', () => {
  const weights = { 'weights/mean': 2, 'weights/effective_sample_size': 0.9 };
  expect(trainingCurve([step(1, 1, weights)], 1)).toEqual([
    { fraction: 1, loss: 1, accuracy: 0.5, meanWeight: 2, effectiveSampleSize: 0.9 },
  ]);
});
