import { addLora } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyModels, weightsOf } from '../../test/tiny-model.js';
import { NonFiniteTraining } from '../errors.js';
import { supervisedLoss } from '../evaluation/supervised-loss.js';
import { constantSchedule } from '../optimizer/schedules.js';
import { trainSft } from './sft.js';
import { supervisedSteps } from './supervised-steps.js';

const folder = runFolder();
const { newModel, disposeAll } = tinyModels();

describe('supervisedSteps', () => {
  it.each([0, 0.5])(
    'makes the updates of trainSft, whichever micro-batches, with prompt tokens at %s',
    async (promptWeight) => {
      const examples = tinyExamples(5);
      // Otherwise gradients that are 0 but for rounding, such as those of the keys' biases, move their parameters.
      const adamw = { epsilon: 1e-4 };
      const run = newModel();
      const { metrics } = await trainSft(run, examples, {
        directory: folder(`run-${promptWeight}`),
        seed: 1,
        batchSize: 5,
        steps: 3,
        learningRate: 1e-3,
        schedule: constantSchedule(),
        warmupFraction: 0,
        adamw,
        maxGradientNorm: 1,
        promptWeight,
      });
      for (const microBatchSize of [1, 3, 5]) {
        const model = newModel();
        const training = supervisedSteps(model, {
          learningRate: 1,
          maxGradientNorm: 1,
          microBatchSize,
          adamw,
          promptWeight,
        });
        let loss = Number.NaN;
        for (let step = 1; step <= 3; step++) {
          const made = await training.step(examples, { learningRate: 1e-3 });
          expect(made.step).toBe(step);
          loss = made.loss;
        }
        training.dispose();
        expect(loss).toBeCloseTo(metrics['loss'] as number, 5);
        const [found, expected] = [weightsOf(model), weightsOf(run)];
        const furthest = Math.max(
          ...found.map((value, index) => Math.abs(value - (expected[index] as number))),
        );
        expect(furthest).toBeLessThan(1e-5);
      }
    },
  );

  it('gives the loss per token before the update, and learns with adapters alone', async () => {
    const before = tf.memory().numTensors;
    const examples = tinyExamples(4);
    const [model, start] = [newModel(), newModel()];
    const adapter = addLora(model, { rank: 2, seed: 1 });
    const training = supervisedSteps(model, { adapter, learningRate: 1e-2 });
    const first = await training.step(examples);
    expect(first.loss).toBeCloseTo(await supervisedLoss(start, examples), 5);
    expect(first.gradientNorm).toBeGreaterThan(0);
    expect((await training.step(examples)).loss).toBeLessThan(first.loss);
    expect(weightsOf(model)).toEqual(weightsOf(start));
    training.dispose();
    adapter.merge();
    disposeAll();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves no tensors behind where a later micro-batch fails', async () => {
    const training = supervisedSteps(newModel(), { learningRate: 1e-2, microBatchSize: 1 });
    const tooLong = { prompt: [1], response: new Array<number>(40).fill(2) };
    const before = tf.memory().numTensors;
    await expect(training.step([...tinyExamples(2), tooLong])).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
    training.dispose();
  });

  it('moves nothing where no token is learned', async () => {
    const model = newModel();
    const training = supervisedSteps(model, { learningRate: 1e-2 });
    await training.step(tinyExamples(2));
    const before = weightsOf(model);
    // The first token of a sequence is given, and prompts count nothing.
    const nothing = [{ prompt: [], response: [3] }, ...[{ prompt: [1, 2], response: [] }]];
    await expect(training.step(nothing)).rejects.toMatchObject({
      name: 'TrainerError',
      code: 'invalid-option',
      message: expect.stringContaining('The examples of this step have no response token to learn.'),
    });
    expect(weightsOf(model)).toEqual(before);
    training.dispose();
  });

  it('refuses what cannot be trained, with the remedy, and keeps no tensors', async () => {
    const [model, other, gone] = [newModel(), newModel(), tinyModel()];
    const [adapter, ofOther] = [model, other].map((each) => addLora(each, { rank: 2, seed: 1 }));
    gone.dispose();
    const before = tf.memory().numTensors;
    const refused = (remedy: string): unknown =>
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(remedy) });
    const options = { learningRate: 1e-2 };
    expect(() => supervisedSteps(model, options)).toThrow(refused('pass the adapter, or merge it first'));
    expect(() => supervisedSteps(model, { ...options, adapter: ofOther! })).toThrow(
      refused('Pass the one that addLora returned for this model'),
    );
    expect(() => supervisedSteps(gone, options)).toThrow(refused('were disposed of'));
    expect(tf.memory().numTensors).toBe(before);
    const training = supervisedSteps(model, { ...options, adapter: adapter! });
    adapter?.merge();
    await expect(training.step(tinyExamples(1))).rejects.toThrow(refused('were disposed of'));
    expect(() => supervisedSteps(model, { ...options, adapter: adapter! })).toThrow(
      refused('were disposed of'),
    );
    training.dispose();
    await expect(
      trainSft(other, tinyExamples(2), {
        ...options,
        directory: folder('adapted'),
        seed: 1,
        steps: 1,
        batchSize: 1,
      }),
    ).rejects.toThrow(refused('pass the adapter, or merge it first'));
  });

  it.each([
    { learningRate: Number.NaN },
    { learningRate: -1 },
    { learningRate: 1, maxGradientNorm: Number.NaN },
    { learningRate: 1, maxGradientNorm: 0 },
  ])('refuses $learningRate as learning rate, or $maxGradientNorm as bound of the gradient', (options) => {
    expect(() => supervisedSteps(newModel(), options)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  it('says how to register gradients where there are none', async () => {
    const training = supervisedSteps(newModel(), { learningRate: 1e-2 });
    const gradient = tf.getGradient('Sub');
    tf.unregisterGradient('Sub');
    try {
      await expect(training.step(tinyExamples(1))).rejects.toMatchObject({
        name: 'TrainerError',
        code: 'missing-gradients',
        message: expect.stringContaining('await registerGradients() of @ais/objectives/gradients'),
      });
    } finally {
      tf.registerGradient(gradient);
    }
    training.dispose();
  });

  it('has no last step to tell of where the first one is not finite', () => {
    const { message } = new NonFiniteTraining('loss', 1, ['a'], {});
    expect(message).toMatch(/or look at these records\.$/);
  });

  it('refuses a learning rate of one step alone, and changes nothing', async () => {
    const model = newModel();
    const before = weightsOf(model);
    const training = supervisedSteps(model, { learningRate: 1 });
    await expect(training.step(tinyExamples(1), { learningRate: Number.NaN })).rejects.toThrow(
      'learningRate must be a number ≥ 0, got NaN.',
    );
    expect(weightsOf(model)).toEqual(before);
    training.dispose();
  });

  it('refuses weights outside [0, 1] and steps without examples', async () => {
    const model = newModel();
    expect(() => supervisedSteps(model, { learningRate: 1, promptWeight: 2 })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
    const training = supervisedSteps(model, { learningRate: 1 });
    await expect(training.step([])).rejects.toMatchObject({ code: 'invalid-option' });
    training.dispose();
  });
});
