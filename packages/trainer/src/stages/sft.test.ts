import type { CausalLanguageModel } from '@ais/language-model';
import { loadPretrained } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { expectResumesBitForBit } from '../../test/resumed-run.js';
import { runFolder } from '../../test/run-folder.js';
import { tinyExamples, tinyModel } from '../../test/tiny-model.js';
import { supervisedLoss } from '../evaluation/supervised-loss.js';
import { cosineSchedule } from '../optimizer/schedules.js';
import { type SftOptions, trainSft } from './sft.js';

const folder = runFolder();
const models: CausalLanguageModel[] = [];
const newModel = (seed?: number): CausalLanguageModel => {
  const model = tinyModel(seed);
  models.push(model);
  return model;
};
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

const options = (name: string, more: Partial<SftOptions> = {}): SftOptions => ({
  directory: folder(name),
  seed: 1,
  batchSize: 4,
  learningRate: 1e-2,
  maxGradientNorm: 1,
  ...more,
});

describe('trainSft', () => {
  it('learns a few examples by heart', async () => {
    const model = newModel();
    const examples = tinyExamples(4);
    const before = await supervisedLoss(model, examples);
    const result = await trainSft(model, examples, options('run', { steps: 60, learningRate: 3e-2 }));
    expect(before).toBeGreaterThan(2);
    expect(result.metrics['loss']).toBeLessThan(0.1);
    expect(await supervisedLoss(model, examples)).toBeLessThan(0.1);
    const greedy = await model.generate(
      examples.map(({ prompt }) => prompt),
      { maxNewTokens: 8, temperature: 0, seed: 1 },
    );
    expect(greedy.map(({ tokens }) => tokens)).toEqual(examples.map(({ response }) => response));
  });

  it('reaches the entropy of the data: the model ends at the frequencies', async () => {
    // After one prompt, token 3 occurs five times, 4 twice, 5 once.
    const counts = new Map([
      [3, 5],
      [4, 2],
      [5, 1],
    ]);
    const examples = [...counts].flatMap(([token, count]) =>
      Array.from({ length: count }, (_, index) => ({
        id: `${token}-${index}`,
        prompt: [1, 2],
        response: [token],
      })),
    );
    const model = newModel();
    await trainSft(model, examples, {
      directory: folder('run'),
      seed: 1,
      steps: 100,
      batchSize: examples.length,
      learningRate: 2e-2,
      schedule: cosineSchedule(),
    });
    const entropy = [...counts.values()].reduce((sum, count) => sum - (count / 8) * Math.log(count / 8), 0);
    expect(await supervisedLoss(model, examples)).toBeCloseTo(entropy, 3);
    for (const [token, count] of counts) {
      const loss = await supervisedLoss(model, [{ id: 'one', prompt: [1, 2], response: [token] }]);
      expect(Math.exp(-loss)).toBeCloseTo(count / 8, 2);
    }
  });

  it('averages over the tokens of the batch, not over its responses', async () => {
    const model = newModel();
    const examples = tinyExamples(7);
    let total = 0;
    let count = 0;
    for (const { prompt, response } of examples) {
      const all = [...prompt, ...response];
      const logProbs = tf.logSoftmax(model.logits([all])).arraySync() as number[][][];
      response.forEach((token, position) => {
        total -= logProbs[0]![prompt.length + position - 1]![token]!;
        count += 1;
      });
    }
    expect(await supervisedLoss(model, examples, { batchSize: 2 })).toBeCloseTo(total / count, 5);
    const { metrics } = await trainSft(
      model,
      examples,
      options('run', { steps: 1, batchSize: 7, microBatchSize: 2 }),
    );
    expect(metrics['loss']).toBeCloseTo(total / count, 5);
  });

  it('counts prompt tokens by their weight, but the first one, which nothing predicts', async () => {
    const [example] = tinyExamples(1);
    const { prompt, response } = example!;
    const model = newModel();
    const weighted = await trainSft(
      model,
      [example!],
      options('a', { steps: 1, learningRate: 0, promptWeight: 0.5 }),
    );
    const logProbs = tf.logSoftmax(model.logits([[...prompt, ...response]])).arraySync() as number[][][];
    let total = 0;
    let weight = 0;
    [...prompt, ...response].forEach((token, position) => {
      if (position === 0) return;
      const share = position < prompt.length ? 0.5 : 1;
      total -= share * logProbs[0]![position - 1]![token]!;
      weight += share;
    });
    expect(weighted.metrics['loss']).toBeCloseTo(total / weight, 5);
    const wrong = options('b', { promptWeight: 2 });
    await expect(trainSft(newModel(), [example!], wrong)).rejects.toThrow(/promptWeight/);
  });

  it('gives the same gradient in uneven micro-batches as in one batch', async () => {
    const examples = tinyExamples(7);
    const weights = await Promise.all(
      [7, 3, 1].map(async (microBatchSize) => {
        const model = newModel();
        // Without momentum's and the root's amplification of rounding the update is the gradient itself.
        const result = await trainSft(
          model,
          examples,
          options(`micro-${microBatchSize}`, {
            batchSize: 7,
            microBatchSize,
            steps: 1,
            adamw: { epsilon: 1e4 },
            learningRate: 1e4,
          }),
        );
        const values = [...model.parameters.values()].map((variable) => variable.dataSync());
        return { values, norm: result.metrics['grad_norm']! };
      }),
    );
    const [whole, ...parts] = weights;
    for (const part of parts) {
      expect(part.norm).toBeCloseTo(whole!.norm, 5);
      part.values.forEach((values, index) => {
        values.forEach((value, element) => {
          expect(Math.abs(value - whole!.values[index]![element]!)).toBeLessThan(1e-5);
        });
      });
    }
  });

  it('resumes bit for bit after an interruption, and leaves a model that loads', async () => {
    const examples = tinyExamples(10);
    const common = { epochs: 2, microBatchSize: 3, checkpointEvery: 2, warmupSteps: 1 };
    const { resumed } = await expectResumesBitForBit(
      folder,
      async (name, more) => {
        const model = newModel();
        return { model, ...(await trainSft(model, examples, options(name, { ...common, ...more }))) };
      },
      { abortAt: 3, lastStep: 6 },
    );
    const loaded = await loadPretrained(resumed.checkpoint);
    models.push(loaded);
    for (const [name, variable] of resumed.model.parameters) {
      expect([...loaded.parameters.get(name)!.dataSync()]).toEqual([...variable.dataSync()]);
    }
  });

  it('refuses to resume with other data or another start', async () => {
    await trainSft(newModel(), tinyExamples(4), options('run', { steps: 1 }));
    const again = options('run', { steps: 1, resume: true });
    await expect(trainSft(newModel(), tinyExamples(5), again)).rejects.toMatchObject({
      code: 'configuration-mismatch',
    });
    await expect(trainSft(newModel(2), tinyExamples(4), again)).rejects.toMatchObject({
      key: 'model.sha256',
    });
  });
});
