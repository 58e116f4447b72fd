import type { TokenizedPair } from '@ais/data';
import { createRewardModel, loadRewardModel, type RewardModel } from '@ais/language-model';
import { createRandom } from '@ais/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { END, tinyModel } from '../../test/tiny-model.js';
import { evaluateRewardModel } from '../evaluation/evaluate-reward-model.js';
import { scoreSequences } from '../inference/score-sequences.js';
import { cosineSchedule } from '../optimizer/schedules.js';
import { type RewardModelOptions, trainRewardModel } from './reward-model.js';

const folder = runFolder();
const models: RewardModel[] = [];
const newModel = (): RewardModel => {
  const backbone = tinyModel();
  const model = createRewardModel(backbone, { seed: 2 });
  backbone.dispose();
  models.push(model);
  return model;
};
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

/** Responses with token 5 are preferred to those with token 6, whatever else they hold. */
function pairs(count: number, seed: number): TokenizedPair[] {
  const random = createRandom(seed);
  const other = (): number => 7 + random.integer(8);
  return Array.from({ length: count }, (_, index) => ({
    id: `pair-${index}`,
    prompt: [other(), other()],
    chosen: [other(), 5, other(), END],
    rejected: [6, other(), END],
  }));
}

const options = (name: string, more: Partial<RewardModelOptions> = {}): RewardModelOptions => ({
  directory: folder(name),
  seed: 1,
  steps: 30,
  batchSize: 8,
  microBatchSize: 4,
  learningRate: 1e-2,
  ...more,
});

describe('trainRewardModel', () => {
  it('learns what is preferred, and centers the references', async () => {
    const model = newModel();
    const validationPairs = pairs(20, 2);
    const references = validationPairs.map(({ prompt, chosen }) => [...prompt, ...chosen]);
    const result = await trainRewardModel(
      model,
      pairs(40, 1),
      options('run', { validationPairs, references, evaluateAt: [0] }),
    );
    expect(result.validationAccuracy).toBe(1);
    expect(result.evaluations.map(({ step }) => step)).toEqual([0, 30]);
    expect(result.evaluations[0]?.metrics['eval_accuracy']).toBeLessThan(1);
    expect(result.metrics['rewards/accuracies']).toBe(1);
    expect(result.metrics['loss']).toBeLessThan(0.1);
    const scores = await scoreSequences(model, references, { batchSize: 7 });
    expect(Math.abs(scores.reduce((sum, score) => sum + score, 0) / scores.length)).toBeLessThan(1e-4);
    expect(result.offset).toBe(model.offset);
    expect(result.offset).not.toBe(0);

    const stored = await loadRewardModel(result.checkpoint);
    models.push(stored);
    expect(stored.offset).toBe(model.offset);
    expect(await scoreSequences(stored, references, { batchSize: 7 })).toEqual(scores);

    const again = newModel();
    const same = await trainRewardModel(
      again,
      pairs(40, 1),
      options('run', { validationPairs, references, evaluateAt: [0], resume: true }),
    );
    expect(again.offset).toBe(model.offset);
    expect(same.validationAccuracy).toBe(1);
  });

  it('reaches the rewards that Bradley and Terry fit to counts', async () => {
    // Odds of 2 : 1, 4 : 1, and 2 : 1 are rewards 0, log 2, and 2·log 2, exactly.
    const [low, middle, high] = [
      [3, END],
      [4, 5, END],
      [6, END],
    ] as const;
    const counts = [
      [middle, low, 2],
      [low, middle, 1],
      [high, middle, 2],
      [middle, high, 1],
      [high, low, 4],
      [low, high, 1],
    ] as const;
    const prompt = [1, 2];
    const counted = counts.flatMap(([chosen, rejected, count]) =>
      Array.from({ length: count }, (_, index) => ({
        id: `${chosen}-${rejected}-${index}`,
        prompt,
        chosen: [...chosen],
        rejected: [...rejected],
      })),
    );
    const model = newModel();
    await trainRewardModel(
      model,
      counted,
      options('run', {
        steps: 80,
        batchSize: counted.length,
        microBatchSize: counted.length,
        schedule: cosineSchedule(),
      }),
    );
    const [a, b, c] = await scoreSequences(
      model,
      [low, middle, high].map((response) => [...prompt, ...response]),
    );
    expect(Number(b) - Number(a)).toBeCloseTo(Math.log(2), 2);
    expect(Number(c) - Number(b)).toBeCloseTo(Math.log(2), 2);
  });

  it('starts at the loss of a coin toss in expectation, −log σ of the margins exactly', async () => {
    const model = newModel();
    const own = pairs(8, 3);
    const { accuracy, logLoss } = await evaluateRewardModel(model, own);
    const result = await trainRewardModel(model, own, options('run', { steps: 1, learningRate: 0 }));
    expect(result.metrics['loss']).toBeCloseTo(logLoss, 5);
    expect(result.metrics['rewards/accuracies']).toBeCloseTo(accuracy.rate, 5);
    expect(result.validationAccuracy).toBeNaN();
    expect(result.offset).toBe(0);
  });

  it('gives the accuracy of the model that a callback ended the run with', async () => {
    const model = newModel();
    const validationPairs = pairs(20, 2);
    const result = await trainRewardModel(
      model,
      pairs(40, 1),
      options('run', {
        validationPairs,
        evaluateAt: [0],
        callbacks: [{ step: ({ step }, { stop }) => (step === 20 ? stop('enough') : undefined) }],
      }),
    );
    expect(result).toMatchObject({ steps: 20, stopped: 'enough' });
    expect(result.evaluations.map(({ step }) => step)).toEqual([0]);
    const { accuracy } = await evaluateRewardModel(model, validationPairs);
    expect(result.validationAccuracy).toBe(accuracy.rate);
    expect(result.validationAccuracy).not.toBe(result.evaluations[0]?.metrics['eval_accuracy']);
  });

  it('calls the caller’s evaluation at the caller’s steps only', async () => {
    const seen: number[] = [];
    const result = await trainRewardModel(
      newModel(),
      pairs(16, 1),
      options('run', {
        steps: 4,
        validationPairs: pairs(4, 2),
        evaluateAt: [2],
        onEvaluate: async ({ step }) => {
          seen.push(step);
          return { mine: step };
        },
      }),
    );
    expect(seen).toEqual([2]);
    expect(result.evaluations.map(({ step, metrics }) => [step, metrics['mine']])).toEqual([
      [2, 2],
      [4, undefined],
    ]);
  });
});

it('selects by a metric of the caller’s, at the last step too', async () => {
  const selection = { metric: 'mine', mode: 'max' } as const;
  const result = await trainRewardModel(
    newModel(),
    pairs(16, 1),
    options('run', {
      steps: 4,
      validationPairs: pairs(4, 2),
      evaluateAt: [2],
      selection,
      onEvaluate: async ({ step }) => ({ mine: -step }),
    }),
  );
  expect(result.evaluations.map(({ step, metrics }) => [step, metrics['mine']])).toEqual([
    [2, -2],
    [4, -4],
  ]);
  expect(result.best?.step).toBe(2);
});

describe('scoreSequences', () => {
  it('answers in the order asked, however the sequences are batched, and stops when told', async () => {
    const model = newModel();
    const sequences = pairs(5, 4).flatMap(({ prompt, chosen, rejected }) => [
      [...prompt, ...chosen],
      [...rejected],
    ]);
    const one = await scoreSequences(model, sequences, { batchSize: 1 });
    const many = await scoreSequences(model, sequences, { batchSize: 4 });
    one.forEach((score, index) => {
      expect(many[index]).toBeCloseTo(score, 5);
    });
    expect(await scoreSequences(model, [])).toEqual([]);
    await expect(scoreSequences(model, sequences, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
