import type { PairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { armObjective } from '../../test/arm-objective.js';
import { randomTable, sum } from '../../test/small-worlds.js';
import type { ExactTraining } from '../data/exact-table.js';
import { type Arm, arms } from './arms.js';
import { pairOrder } from './compare-arms.js';
import { type Pairs, type PreferenceWorld, preferenceWorld, type WorldSettings } from './preference-world.js';
import { type ResponseSpace, responseSpace } from './response-space.js';
import { logProbTable, responseLogProbs } from './tabular-policy.js';
import { adamOptimizer, lazyPolicy, measurePolicy, trainPolicy } from './train-policy.js';

const settings: WorldSettings = {
  vocabulary: 2,
  length: 4,
  context: 2,
  pairs: 30,
  flips: 0.1,
  referenceSpread: 1,
  shiftTemperature: 1,
};
const training: ExactTraining = { updates: 12, batchSize: 8, learningRate: 0.05, evaluations: 3 };
const space = responseSpace(2, 4, 2);
const world = preferenceWorld(space, settings, 7);

test('the gradient of a sum of log-probabilities equals central differences', () => {
  const logits = randomTable(space, 5);
  const slopes = new Map([
    [3, 0.7],
    [12, -1.3],
    [13, 0.2],
  ]);
  const value = (at: Float64Array): number => {
    const logProbs = responseLogProbs(space, logProbTable(space, at));
    return sum([...slopes].map(([response, slope]) => slope * logProbs[response]!));
  };
  const policy = lazyPolicy(space, logits);
  policy.forget();
  for (const [response, slope] of slopes) {
    policy.logProb(response);
    policy.addSlope(response, slope);
  }
  for (const [entry, slope] of policy.gradient().entries()) {
    const moved = (step: number): number =>
      value(logits.map((logit, index) => (index === entry ? logit + step : logit)));
    expect(slope).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 7);
  }
});

/** The same training by TensorFlow.js: log-probabilities by gathering, the loss of @ais/objectives, and its gradient. */
function trainByTensors(
  arm: Arm | undefined,
  beta: number,
  logBehavior: Float64Array,
  pairs: Pairs,
  order: Int32Array,
) {
  const logits = Float64Array.from(world.reference);
  const adam = adamOptimizer(logits, training.learningRate);
  const objective = armObjective(arm, beta);
  for (let update = 0; update < training.updates; update++) {
    const own = [...order.slice(update * training.batchSize, (update + 1) * training.batchSize)];
    const [chosen, rejected] = [pairs.chosen, pairs.rejected].map((set) => own.map((pair) => set[pair]!));
    const gradient = tf.tidy(() => {
      const of = (values: Float64Array, responses: readonly number[]): tf.Tensor1D =>
        tf.tensor1d(responses.map((response) => values[response]!));
      const loss = (at: tf.Tensor): tf.Scalar => {
        const table = tf.reshape(tf.logSoftmax(at as tf.Tensor2D), [-1, 1]);
        const logProb = (responses: readonly number[]): tf.Tensor1D =>
          tf.reshape(tf.matMul(tf.tensor2d(responses.map((each) => entryCounts(space, each))), table), [-1]);
        const batch: PairBatch = {
          policyChosen: logProb(chosen!),
          policyRejected: logProb(rejected!),
          referenceChosen: of(world.logReference, chosen!),
          referenceRejected: of(world.logReference, rejected!),
          behaviorChosen: of(logBehavior, chosen!),
          behaviorRejected: of(logBehavior, rejected!),
          chosenLength: tf.fill([own.length], space.length),
          rejectedLength: tf.fill([own.length], space.length),
        };
        return tf.mean(objective.evaluate(batch).losses);
      };
      const start = tf.tensor2d([...logits], [space.contexts, space.vocabulary]);
      return [...tf.grad(loss)(start).dataSync()];
    });
    adam(Float64Array.from(gradient));
  }
  return measurePolicy(world, responseLogProbs(space, logProbTable(space, logits)));
}

/** How often a response reads each entry of the table. */
function entryCounts({ entries, length, contexts, vocabulary }: ResponseSpace, response: number): number[] {
  const counts = new Array<number>(contexts * vocabulary).fill(0);
  for (const entry of entries.slice(response * length, (response + 1) * length)) counts[entry]! += 1;
  return counts;
}

test.each([undefined, ...arms].map((arm) => [arm?.name ?? 'dpo', arm] as const))(
  '%s ends where the objective of @ais/objectives leads on tensors',
  (_, arm) => {
    const pairs = world.pairs.shifted;
    const order = pairOrder(settings.pairs, training, 7);
    const weighting = arm
      ? { alpha: arm.alpha(space.length), normalization: arm.normalization }
      : ({ alpha: 0, normalization: 'none' } as const);
    const method = { beta: 0.3, weighting, pairs, logBehavior: pairs.logBehavior };
    const points = trainPolicy(space, world, method, training, order);
    const byTensors = trainByTensors(arm, 0.3, pairs.logBehavior, pairs, order);
    expect(points).toHaveLength(4);
    expect(points[0]).toEqual(measurePolicy(world, world.logReference));
    for (const key of ['kl', 'gold', 'win'] as const)
      expect(points.at(-1)?.[key]).toBeCloseTo(byTensors[key], 4);
  },
);

test('a seed draws the same world again, and another seed another one', () => {
  expect(preferenceWorld(space, settings, 7)).toEqual(world);
  expect(preferenceWorld(space, settings, 8).rewards).not.toEqual(world.rewards);
  expect(preferenceWorld(space, { ...settings, flips: 0 }, 7).rewards).not.toEqual(world.rewards);
});

test('labels follow Bradley and Terry, less those that are turned around', () => {
  const agreement = ({ pairs, rewards }: PreferenceWorld): [found: number, expected: number] => {
    const { chosen, rejected } = pairs.reference;
    const margins = [...chosen].map((response, pair) => rewards[response]! - rewards[rejected[pair]!]!);
    const found = sum(margins.map((margin) => (margin > 0 ? 1 : 0)));
    const expected = sum(margins.map((margin) => (margin === 0 ? 0 : 1 / (1 + Math.exp(-Math.abs(margin))))));
    const apart = margins.filter((margin) => margin !== 0).length;
    return [found / apart, expected / apart];
  };
  const many = { ...settings, pairs: 20_000 };
  const [found, expected] = agreement(preferenceWorld(space, { ...many, flips: 0 }, 1));
  expect(found).toBeCloseTo(expected, 2);
  const [noisy, clean] = agreement(preferenceWorld(space, { ...many, flips: 0.25 }, 1));
  expect(noisy).toBeCloseTo(0.75 * clean + 0.25 * (1 - clean), 1.7);
});

test('pairs are taken epoch by epoch, each once', () => {
  const order = pairOrder(10, { ...training, updates: 5, batchSize: 6 }, 1);
  for (const epoch of [0, 1, 2])
    expect([...order.slice(10 * epoch, 10 * epoch + 10)].toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
});
