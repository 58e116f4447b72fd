import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Objective } from '../../contract/objective.js';
import { slic } from '../../objectives/slic.js';
import { pairs } from '../batch-description.js';
import { type BatchDescription, objectiveChecks, sixtyFourths } from '../index.js';

interface One {
  readonly policy: tf.Tensor1D;
}

/** An objective over single numbers, and a batch that holds the given one. */
function gradientCheck(
  losses: (policy: tf.Tensor1D) => tf.Tensor1D,
  ordinary: fc.Arbitrary<number>,
): Promise<void> {
  const factory = (): Objective<One> => ({
    specificationVersion: 'v1',
    name: 'one',
    requires: { feedback: 'samples', reference: false },
    evaluate: ({ policy }) => tf.tidy(() => ({ losses: losses(policy), metrics: {} })),
  });
  const batch: BatchDescription<One> = { policy: { trained: true, ordinary, extreme: [0] } };
  const checks = objectiveChecks(factory, {
    optionsArbitrary: fc.constant({}),
    batch,
    numRuns: 20,
    skip: { golden: 'it is no objective of anyone' },
  });
  return checks.find(({ name }) => name === 'gradient')!.run();
}

const anywhere = sixtyFourths(-4, 4);

it('holds for smooth functions, curved or not', async () => {
  await gradientCheck((x) => tf.square(x), anywhere);
  await gradientCheck((x) => tf.mul(3, x), anywhere);
  await gradientCheck((x) => tf.exp(x), anywhere);
});

it('passes over kinks, on and beside them', async () => {
  await gradientCheck((x) => tf.relu(x), fc.oneof(fc.constantFrom(-1 / 64, 0, 1 / 64), anywhere));
  await gradientCheck((x) => tf.abs(x), fc.oneof(fc.constantFrom(-1 / 64, 0, 1 / 64), anywhere));
});

it('does not pass what has kinks everywhere it looks', async () => {
  await expect(gradientCheck((x) => tf.relu(x), fc.constant(0))).rejects.toThrow(
    /every batch that was drawn was passed over/,
  );
});

it('holds for the hinge at its very kink', async () => {
  const at = (value: number): { trained: boolean; ordinary: fc.Arbitrary<number>; extreme: number[] } => ({
    trained: true,
    ordinary: fc.oneof(fc.constant(value), sixtyFourths(-20, -4)),
    extreme: [0],
  });
  const checks = objectiveChecks(slic, {
    optionsArbitrary: fc.constant({ beta: 0.125 }),
    batch: {
      ...pairs,
      policyChosen: at(-8),
      policyRejected: at(-8),
      referenceChosen: { ...at(-12), trained: false },
      referenceRejected: { ...at(-4), trained: false },
    },
    numRuns: 50,
    skip: { golden: 'slic.test.ts has them' },
  });
  await checks.find(({ name }) => name === 'gradient')!.run();
});

it.each([
  ['a wrong sign', -1],
  ['a missing half', 2],
  ['a hundredth too much', 1.01],
])('catches %s', async (_, factor) => {
  const wrong = (x: tf.Tensor1D): tf.Tensor1D =>
    tf.customGrad((given) => ({
      value: tf.square(given as tf.Tensor1D),
      gradFunc: (upstream: tf.Tensor1D) => tf.mul<tf.Tensor1D>(upstream, tf.mul(2 * factor, x)),
    }))(x) as tf.Tensor1D;
  await expect(gradientCheck(wrong, fc.constantFrom(-2, -1, 1, 2))).rejects.toThrow();
});
