import { addLora } from '@ais/language-model';
import { dpo, type Objective, simpo } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { tinyModels, tinyPairs, weightsOf } from '../../test/tiny-model.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import { constantSchedule } from '../optimizer/schedules.js';
import { trainPreference } from './preference.js';
import { preferenceSteps } from './preference-steps.js';

const folder = runFolder();
const { newModel, disposeAll } = tinyModels();

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  const furthest = Math.max(...found.map((value, index) => Math.abs(value - (expected[index] as number))));
  expect(furthest).toBeLessThan(1e-5);
}

describe('preferenceSteps', () => {
  it('makes the updates of trainPreference, whichever micro-batches', async () => {
    const pairs = tinyPairs(4);
    // Otherwise gradients that are 0 but for rounding, such as those of the keys' biases, move their parameters.
    const adamw = { epsilon: 1e-4 };
    const run = newModel();
    const reference = await computeReferenceLogProbs(newModel(), pairs, { microBatchSize: 4 });
    await trainPreference(run, reference, pairs, dpo({ beta: 0.5 }), {
      directory: folder('run'),
      seed: 1,
      batchSize: 4,
      steps: 3,
      learningRate: 1e-3,
      schedule: constantSchedule(),
      warmupFraction: 0,
      adamw,
      maxGradientNorm: 1,
    });
    for (const microBatchSize of [1, 3, 4]) {
      const model = newModel();
      const training = await preferenceSteps(model, dpo({ beta: 0.5 }), {
        reference: newModel(),
        learningRate: 1,
        maxGradientNorm: 1,
        microBatchSize,
        adamw,
      });
      for (let step = 1; step <= 3; step++) {
        expect((await training.step(pairs, { learningRate: 1e-3 })).step).toBe(step);
      }
      training.dispose();
      expectClose(weightsOf(model), weightsOf(run));
    }
  });

  it('takes the model without its adapters for the reference, at every step', async () => {
    const before = tf.memory().numTensors;
    const pairs = tinyPairs(3);
    const [model, start] = [newModel(), newModel()];
    const adapter = addLora(model, { rank: 2, seed: 1 });
    const objective = dpo({ beta: 0.5 });
    const training = await preferenceSteps(model, objective, { adapter, learningRate: 1e-2 });
    const losses: number[] = [];
    for (let step = 0; step < 4; step++) {
      const margins = tf.tidy(() => {
        const [policy, reference] = [model.responseLogProbs(pairs), start.responseLogProbs(pairs)];
        const ratio = (name: 'chosen' | 'rejected') => tf.sub(policy[name], reference[name]);
        return tf.mean(tf.mul(0.5, tf.sub(ratio('chosen'), ratio('rejected')))).dataSync()[0] as number;
      });
      const { loss, metrics } = await training.step(pairs);
      expect(metrics['rewards/margins']).toBeCloseTo(margins, 4);
      losses.push(loss);
    }
    expect(losses[0]).toBeCloseTo(Math.LN2, 6);
    expect(losses[3]).toBeLessThan(losses[0] as number);
    expect(weightsOf(model)).toEqual(weightsOf(start));
    training.dispose();
    adapter.merge();
    disposeAll();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('changes nothing where the loss is not finite', async () => {
    const model = newModel();
    const broken: Objective = {
      ...simpo({ beta: 2, gamma: 1 }),
      name: 'broken',
      evaluate(batch) {
        const found = simpo({ beta: 2, gamma: 1 }).evaluate(batch);
        // The probe of an objective has longer batches.
        return batch.policyChosen.size > 1 ? found : { ...found, losses: tf.div(found.losses, 0) };
      },
    };
    const training = await preferenceSteps(model, broken, { learningRate: 1e-2 });
    const before = weightsOf(model);
    await expect(training.step(tinyPairs(1))).rejects.toMatchObject({ name: 'NonFiniteTraining', step: 1 });
    expect(weightsOf(model)).toEqual(before);
    training.dispose();
  });

  it('says what is missing', async () => {
    const model = newModel();
    await expect(preferenceSteps(model, dpo({ beta: 0.1 }), { learningRate: 1 })).rejects.toMatchObject({
      code: 'missing-reference',
    });
    const objective = simpo({ beta: 2, gamma: 1 });
    await expect(
      preferenceSteps(model, objective, { learningRate: 1, microBatchSize: 0 }),
    ).rejects.toMatchObject({ code: 'invalid-option' });
    const adapted = newModel();
    addLora(adapted, { rank: 2, seed: 1 });
    await expect(preferenceSteps(adapted, objective, { learningRate: 1 })).rejects.toThrow(
      'pass the adapter',
    );
    const training = await preferenceSteps(model, objective, { learningRate: 1 });
    await expect(training.step([])).rejects.toMatchObject({ code: 'invalid-option' });
    training.dispose();
  });
});
