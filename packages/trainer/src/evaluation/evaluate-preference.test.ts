import { adaptiveImportance, dpo } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
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
