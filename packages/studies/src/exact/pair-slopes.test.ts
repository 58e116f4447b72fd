import type { PairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { armObjective } from '../../test/arm-objective.js';
import { randomNumbers, randomTable, seeds, spaces } from '../../test/small-worlds.js';
import { type Arm, arms } from './arms.js';
import { pairSlopes } from './pair-slopes.js';
import { logProbTable, responseLogProbs } from './tabular-policy.js';

const methods: readonly (Arm | undefined)[] = [undefined, ...arms];

const weightingOf = (arm: Arm | undefined, length: number) =>
  arm
    ? { alpha: arm.alpha(length), normalization: arm.normalization }
    : ({ alpha: 0, normalization: 'none' } as const);

describe.each(methods.map((arm) => ({ name: arm?.name ?? 'dpo', arm })))('$name', ({ arm }) => {
  test('slopes are the gradient of the objective of @ais/objectives', () => {
    const batches = fc.record({
      seed: seeds,
      size: fc.integer({ min: 1, max: 8 }),
      length: fc.integer({ min: 1, max: 12 }),
      beta: fc.constantFrom(0.01, 0.3, 3),
    });
    fc.assert(
      fc.property(batches, ({ seed, size, length, beta }) => {
        const [policyChosen, policyRejected, referenceChosen, referenceRejected, own, other] = [
          0, 1, 2, 3, 4, 5,
        ].map((salt) => randomNumbers(size, seed + salt).map((value) => value - length)) as [
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        const tensor = (values: Iterable<number>): tf.Tensor1D => tf.tensor1d([...values]);
        const objective = armObjective(arm, beta);
        const gradient = tf.tidy(() => {
          const batch: Omit<PairBatch, 'policyChosen'> = {
            policyRejected: tensor(policyRejected),
            referenceChosen: tensor(referenceChosen),
            referenceRejected: tensor(referenceRejected),
            behaviorChosen: tensor(own),
            behaviorRejected: tensor(other),
            chosenLength: tf.fill([size], length),
            rejectedLength: tf.fill([size], length),
          };
          const loss = (chosen: tf.Tensor): tf.Scalar =>
            tf.mean(objective.evaluate({ ...batch, policyChosen: chosen as tf.Tensor1D }).losses);
          return [...tf.grad(loss)(tensor(policyChosen)).dataSync()];
        });
        const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);
        const [chosen, rejected] = [
          minus(policyChosen, referenceChosen),
          minus(policyRejected, referenceRejected),
        ];
        const behavior = minus(policyChosen, own).map((value, i) => value + policyRejected[i]! - other[i]!);
        const slopes = pairSlopes(
          { chosen, rejected, behavior },
          beta,
          weightingOf(arm, length),
          new Float64Array(size),
        );
        for (const [pair, slope] of slopes.entries()) expect(gradient[pair]! / slope).toBeCloseTo(1, 3);
      }),
      { numRuns: 25 },
    );
  });

  test('at the reference every weight is 1, so that the first step is DPO’s', () => {
    const zeros = new Float64Array(6);
    const ratios = { chosen: zeros, rejected: zeros, behavior: zeros };
    const slopes = pairSlopes(ratios, 0.1, weightingOf(arm, 5), new Float64Array(6));
    for (const slope of slopes) expect(slope).toBeCloseTo(-0.1 / 2 / 6, 12);
  });
});

test('at α = 1 weights have mean 1 over pairs of the reference, and turn its expectations into the policy’s', () => {
  fc.assert(
    fc.property(spaces, seeds, (space, seed) => {
      const [logPolicy, logReference] = [seed, seed + 1].map((one) =>
        responseLogProbs(space, logProbTable(space, randomTable(space, one))),
      ) as [Float64Array, Float64Array];
      const values = randomNumbers(space.responses, seed + 2);
      let [mean, weighted, direct] = [0, 0, 0];
      for (let own = 0; own < space.responses; own++) {
        for (let other = 0; other < space.responses; other++) {
          const under = Math.exp(logReference[own]! + logReference[other]!);
          const ratio = logPolicy[own]! + logPolicy[other]! - logReference[own]! - logReference[other]!;
          // One pair at β → 0: its slope is −w·β/2.
          const single = {
            chosen: Float64Array.of(0),
            rejected: Float64Array.of(0),
            behavior: Float64Array.of(ratio),
          };
          const [slope = 0] = pairSlopes(single, 1, { alpha: 1, normalization: 'none' }, new Float64Array(1));
          const weight = -2 * slope;
          mean += under * weight;
          weighted += under * weight * values[own]! * values[other]!;
          direct += Math.exp(logPolicy[own]! + logPolicy[other]!) * values[own]! * values[other]!;
        }
      }
      expect(mean).toBeCloseTo(1, 8);
      expect(weighted).toBeCloseTo(direct, 8);
    }),
    { numRuns: 8 },
  );
});
