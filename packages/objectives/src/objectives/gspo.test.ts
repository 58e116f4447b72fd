import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues, numbers } from '../../test/pair-batch.js';
import type { SampleBatch } from '../contract/batch.js';
import { toBatch } from '../testing/rows.js';
import { gspo } from './gspo.js';

conforms(gspo, {
  optionsArbitrary: fc.record(
    {
      beta: fc.constantFrom(0, 0.1),
      scale: fc.boolean(),
      lower: fc.constantFrom(3e-4, 0.2, 1),
      upper: fc.constantFrom(4e-4, 0.25),
    },
    { requiredKeys: [] },
  ),
  golden: goldenOf('gspo'),
});

const batch = (columns: Partial<Record<keyof SampleBatch, number[]>> = {}): SampleBatch =>
  toBatch<SampleBatch>({
    policy: [-2, -6, -3],
    behavior: [-2 - 2 * Math.log(1.5), -6 - 4 * Math.log(0.5), -3],
    rewards: [3, 1, 9],
    length: [2, 4, 1],
    group: [0, 0, 7],
    ...columns,
  });

it('clips the geometric mean of a response’s ratios where its advantage asks for more', () => {
  const evaluation = gspo({ scale: false, lower: 0.25, upper: 0.25 }).evaluate(batch());
  // Ratios 1.5 and 0.5 with advantages 1 and −1; the last sample has no other to be compared with.
  expect(numbers(evaluation.losses).map((loss) => Math.round(loss * 1e5) / 1e5)).toEqual([-1.25, 0.75, -0]);
  expect(metricValues(evaluation)).toMatchObject({
    'rewards/samples': [3, 1, 9],
    'rewards/regularized': [3, 1, 9],
    advantages: [1, -1, 0],
    'ratios/mean': [1.5, 0.5, 1].map((ratio) => expect.closeTo(ratio, 5)),
    'ratios/clipped': [1, 1, 0],
    'logps/samples': [-2, -6, -3],
  });
});

it('takes the penalty from the policy that sampled, and reads a reference only for it', () => {
  const { behavior } = batch();
  const reference = numbers(behavior as never).map((value, row) => value - (row === 0 ? 2 : 0));
  const objective = gspo({ beta: 0.5, scale: false });
  expect(objective.requires).toEqual({
    feedback: 'samples',
    reference: true,
    wholeBatch: true,
    behavior: true,
  });
  expect(metricValues(objective.evaluate(batch({ reference })))).toMatchObject({
    'rewards/regularized': [2, 1, 9].map((reward) => expect.closeTo(reward, 4)),
  });
  expect(gspo().requires.reference).toBe(false);
  expect(gspo().specificationVersion).toBe('v2');
});

it.each([
  [{ lower: 1.5 }, /gspo: lower must be a number from 0 to 1, got 1.5/],
  [{ upper: -1 }, /gspo: upper must be a number ≥ 0, got -1/],
  [{ beta: -1 }, /gspo: beta must be a finite number ≥ 0, got -1/],
])('refuses %j', (options, message) => {
  expect(() => gspo(options)).toThrow(message);
});

it('asks for the policy that sampled by name', () => {
  const { behavior, ...rest } = batch();
  expect(() => gspo().evaluate(rest as SampleBatch)).toThrow(/gspo: behavior is missing from the batch/);
});
