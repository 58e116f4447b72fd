// Values and derivatives where float32 is at its limits, against formulas in float64.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import { apoDown } from '../contrib/apo-down.js';
import { apoZero } from '../contrib/apo-zero.js';
import { discoPop } from '../contrib/disco-pop.js';
import { chiPo } from '../objectives/chi-po.js';
import { directAlignment } from '../objectives/direct-alignment.js';
import { wpo } from '../objectives/wpo.js';
import { exponential } from './exponential.js';
import { applyLoss, type FLoss } from './f-loss.js';
import { hinge } from './hinge.js';
import { logistic } from './logistic.js';
import { savage } from './savage.js';
import { squared } from './squared.js';
import { truncatedQuadratic } from './truncated-quadratic.js';

const margins = [-1e4, -100, -31, -30, -13, -1, 0, 0.5, 1, 2, 13, 30, 88, 1e4];

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const slope = (z: number): number => sigmoid(z) * sigmoid(-z);
const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const beyond = (z: number): number => Math.exp(Math.min(-z, 30)) * (1 + Math.max(-z - 30, 0));

// Factories, so that each test makes its own.
const losses: [string, () => FLoss, (z: number) => number, (z: number) => number, boolean][] = [
  ['logistic', () => logistic(), (z) => softplus(-z), (z) => -sigmoid(-z), true],
  [
    'logistic',
    () => logistic({ labelSmoothing: 0.2 }),
    (z) => 0.8 * softplus(-z) + 0.2 * softplus(z),
    (z) => 0.2 * sigmoid(z) - 0.8 * sigmoid(-z),
    true,
  ],
  ['squared', () => squared(), (z) => (z - 1) ** 2, (z) => 2 * (z - 1), true],
  ['hinge', () => hinge(), (z) => Math.max(0, 1 - z), (z) => (z < 1 ? -1 : 0), true],
  ['exponential', () => exponential(), beyond, (z) => -Math.exp(Math.min(-z, 30)), true],
  [
    'truncated-quadratic',
    () => truncatedQuadratic(),
    (z) => Math.max(0, 1 - z) ** 2,
    (z) => -2 * Math.max(0, 1 - z),
    true,
  ],
  ['savage', () => savage(), (z) => sigmoid(-z) ** 2, (z) => -2 * sigmoid(-z) ** 2 * sigmoid(z), false],
];

describe.each(losses)('%s', (name, make, value, derivative, convex) => {
  it('keeps 5 digits of value and derivative from −1e4 to 1e4', () => {
    const loss = make();
    const z = tf.tensor1d(margins);
    const values = numbers(applyLoss(loss, z));
    const slopes = numbers(tf.grad((x: tf.Tensor) => tf.sum(applyLoss(loss, x as tf.Tensor1D)))(z));
    for (const [index, margin] of margins.entries()) {
      // Below float32's smallest normal number, 1.2e-38, digits are lost.
      expect(Math.abs((values[index] as number) - value(margin))).toBeLessThanOrEqual(
        1e-5 * Math.abs(value(margin)) + 1e-38,
      );
      expect(Math.abs((slopes[index] as number) - derivative(margin))).toBeLessThanOrEqual(
        1e-5 * Math.abs(derivative(margin)) + 1e-38,
      );
    }
  });

  it('says whether it is convex', () => {
    expect(make()).toMatchObject({ name, convex });
    const grid = Array.from({ length: 81 }, (_unused, index) => (index - 40) / 4);
    const slopes = grid.map(derivative);
    expect(
      slopes.every((slope, index) => index === 0 || slope >= (slopes[index - 1] as number) - 1e-12),
    ).toBe(convex);
  });
});

describe.each([
  [
    'apo-zero',
    apoZero,
    (chosen: number, rejected: number) => sigmoid(-chosen) + sigmoid(rejected),
    (chosen: number, rejected: number) => [-slope(chosen), slope(rejected)] as const,
  ],
  [
    'apo-down',
    apoDown,
    (chosen: number, rejected: number) => sigmoid(chosen) + sigmoid(rejected - chosen),
    (chosen: number, rejected: number) =>
      [slope(chosen) - slope(chosen - rejected), slope(chosen - rejected)] as const,
  ],
])('%s', (_name, make, value, gradient) => {
  it('keeps 5 digits of value and gradient from −1e4 to 1e4, whatever β', () => {
    const pairs = margins.flatMap((chosen) =>
      margins.map((rejected): [number, number] => [chosen, rejected]),
    );
    for (const beta of [1 / 64, 1, 8]) {
      const [policyChosen, policyRejected] = [0, 1].map((side) =>
        tf.tensor1d(pairs.map((pair) => (pair[side] as number) / beta)),
      ) as [tf.Tensor1D, tf.Tensor1D];
      const batch = pairBatch({ policyChosen: pairs.map(() => 0) });
      const losses = (chosen: tf.Tensor, rejected: tf.Tensor): tf.Tensor1D =>
        make({ beta }).evaluate({
          ...batch,
          policyChosen: chosen as tf.Tensor1D,
          policyRejected: rejected as tf.Tensor1D,
        }).losses;
      const values = numbers(losses(policyChosen, policyRejected));
      const [ofChosen, ofRejected] = tf
        .grads((chosen, rejected) => tf.sum(losses(chosen, rejected)))([policyChosen, policyRejected])
        .map(numbers) as [number[], number[]];
      for (const [row, [chosen, rejected]] of pairs.entries()) {
        const [wantedChosen, wantedRejected] = gradient(chosen, rejected).map((slope) => beta * slope);
        const wanted = value(chosen, rejected);
        expect(Math.abs((values[row] as number) - wanted)).toBeLessThanOrEqual(1e-5 * wanted + 1e-38);
        // Relative to the largest term: apo-down's gradient of the chosen response is a difference of two.
        const size = beta * Math.max(slope(chosen), Math.abs(wantedRejected as number));
        expect(Math.abs((ofChosen[row] as number) - (wantedChosen as number))).toBeLessThanOrEqual(
          1e-5 * size + 1e-37,
        );
        expect(Math.abs((ofRejected[row] as number) - (wantedRejected as number))).toBeLessThanOrEqual(
          1e-5 * Math.abs(wantedRejected as number) + 1e-37,
        );
      }
    }
  });
});

it('differentiates a loss that gives no derivative by the tape', () => {
  const cubic: FLoss = { name: 'cubic', convex: false, value: (z) => tf.mul(z, tf.square(z)) };
  const slope = tf.grad((x: tf.Tensor) => tf.sum(applyLoss(cubic, x as tf.Tensor1D)))(tf.tensor1d([2]));
  expect(numbers(slope)).toEqual([12]);
});

it('reports the share of pairs on the tangent', () => {
  const batch = pairBatch({ policyChosen: [-31, -30, -29, 31, 0], policyRejected: [0, 0, 0, 0, 30.5] });
  const tangent = (objective: {
    evaluate(b: typeof batch): { metrics: Record<string, tf.Tensor> };
  }): number[] => numbers(objective.evaluate(batch).metrics['losses/tangent'] as tf.Tensor);
  expect(tangent(directAlignment({ loss: exponential(), beta: 1 }))).toEqual([1, 0, 0, 0, 1]);
  expect(tangent(discoPop({ beta: 1 }))).toEqual([1, 0, 0, 0, 1]);
  expect(tangent(chiPo({ beta: 1 }))).toEqual([0, 0, 0, 1, 1]);
});

it('reports the weight of WPO and the share that its bound holds', () => {
  const batch = pairBatch({ chosenCertainty: [1, -1, 0], rejectedCertainty: [1, -1, 0] });
  const { metrics } = wpo({ beta: 1 }).evaluate(batch);
  expect(numbers(metrics['certainty/weights'] as tf.Tensor)).toEqual([1, expect.closeTo(Math.exp(-2), 6), 1]);
  expect(numbers(metrics['certainty/clipped'] as tf.Tensor)).toEqual([1, 0, 0]);
  const unbounded = wpo({ beta: 1, clip: Number.POSITIVE_INFINITY }).evaluate(batch);
  expect(numbers(unbounded.metrics['certainty/clipped'] as tf.Tensor)).toEqual([0, 0, 0]);
});
