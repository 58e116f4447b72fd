import {
  adaptiveImportance,
  dpo,
  importanceWeighted,
  type Objective,
  rpo,
  weightBounds,
  wpo,
} from '@ais/objectives';
import { aot } from '@ais/objectives/contrib';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import { summarizePairs } from '../objective/pair-batch.js';
import { evaluatePreference } from './evaluate-preference.js';

const keep = keptModels();
const pairs = tinyPairs(7);

it('gives the means over all pairs, whatever the batches, from the log-probabilities themselves', async () => {
  const [policy, reference, behavior] = [keep(tinyModel(2)), keep(tinyModel(1)), keep(tinyModel(3))];
  const stored = await computeReferenceLogProbs(reference, pairs, { microBatchSize: 4 });
  const made = await computeReferenceLogProbs(behavior, pairs, { microBatchSize: 4 });
  const own = await computeReferenceLogProbs(policy, pairs, { microBatchSize: 4 });
  const beta = 0.3;
  const objective = dpo({ beta, importance: adaptiveImportance() });
  const before = tf.memory().numTensors;
  const metrics = await evaluatePreference(policy, stored, pairs, objective, {
    batchSize: 3,
    behavior: made,
  });
  expect(tf.memory().numTensors).toBe(before);

  const rows = pairs.map(({ chosen, rejected }, index) => {
    const at = (values: Float32Array): number => values[index] ?? Number.NaN;
    const margin = beta * (at(own.chosen) - at(stored.chosen) - at(own.rejected) + at(stored.rejected));
    const weight = Math.exp(
      (at(own.chosen) - at(made.chosen)) / chosen.length +
        (at(own.rejected) - at(made.rejected)) / rejected.length,
    );
    return { margin, loss: weight * Math.log1p(Math.exp(-margin)) };
  });
  const mean = (value: (row: { margin: number; loss: number }) => number): number =>
    rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  expect(metrics['eval_preference_loss']).toBeCloseTo(
    mean(({ loss }) => loss),
    4,
  );
  expect(metrics['eval_rewards/margins']).toBeCloseTo(
    mean(({ margin }) => margin),
    4,
  );
  expect(metrics['eval_rewards/accuracies']).toBeCloseTo(
    mean(({ margin }) => Number(margin > 0)),
    6,
  );
  await expect(
    evaluatePreference(policy, stored, pairs, objective, { signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({ name: 'AbortError' });
});

const whole: readonly [string, Objective][] = [
  ['self-normalized weights', dpo({ beta: 0.5, importance: adaptiveImportance({ selfNormalized: true }) })],
  ['the mean weight alone', dpo({ beta: 0.5, importance: adaptiveImportance({ meanWeightOnly: true }) })],
  ['an average over the batch', rpo({ beta: 0.5, eta: 5, average: 'batch' })],
  ['ranks', aot({ beta: 0.5 })],
  [
    'weights of certainties and of tokens',
    importanceWeighted(wpo({ beta: 0.5 }), {
      selfNormalized: true,
      bounds: weightBounds({ clipTokens: { upper: 0.1 } }),
    }),
  ],
];

it.each(whole)('evaluates %s on all pairs at once, whatever fits into memory', async (_, objective) => {
  const [policy, reference] = [keep(tinyModel(2)), keep(tinyModel(1))];
  const stored = await computeReferenceLogProbs(reference, pairs, { microBatchSize: 4, tokens: true });
  const evaluate = (batchSize: number) => evaluatePreference(policy, stored, pairs, objective, { batchSize });
  const expected = await evaluate(pairs.length);
  const before = tf.memory().numTensors;
  const metrics = await evaluate(2);
  expect(tf.memory().numTensors).toBe(before);
  expect(Object.keys(metrics)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(metrics))
    expect(value, name).toBeCloseTo(expected[name] as number, 4);
});

it('finds the largest of more weights than a call has arguments', () => {
  const weights = new Array<number>(130_000).fill(1);
  weights[7] = 3;
  expect(summarizePairs({ 'weights/mean': weights })['weights/max']).toBe(3);
});
