import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues, numbers } from '../../test/pair-batch.js';
import type { TokenUnpairedBatch, UnpairedBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { toBatch } from '../testing/rows.js';
import { humanline } from './humanline.js';
import { type KtoOptions, kto } from './kto.js';
import { weightedSum } from './weighted-sum.js';

const weight = fc.constantFrom(0.5, 1, 1.5);

conforms(kto, {
  optionsArbitrary: fc.record(
    { beta, desirableWeight: weight, undesirableWeight: weight },
    { requiredKeys: ['beta'] },
  ),
  golden: goldenOf('kto'),
});

describe('with humanline', () => {
  conforms(
    ({ lower, upper, ...options }: KtoOptions & { lower: number; upper: number }) =>
      humanline(kto(options), { lower, upper }),
    {
      optionsArbitrary: fc.record({
        beta,
        lower: fc.constantFrom<number[]>(-1, -0.25),
        upper: fc.constantFrom<number[]>(0.5, 1.5),
      }),
      limits: [
        {
          name: 'without bounds it is KTO itself',
          at: (options) => ({
            ...options,
            lower: Number.NEGATIVE_INFINITY,
            upper: Number.POSITIVE_INFINITY,
          }),
          equals: ({ beta }) => kto({ beta }) as Objective<TokenUnpairedBatch>,
        },
      ],
      skip: { golden: 'HALOs bounds z too, which the trainer computes here' },
    },
  );
});

const batch = (columns: Partial<Record<keyof UnpairedBatch, number[]>>): UnpairedBatch =>
  toBatch<UnpairedBatch>({
    policy: [-3, -3],
    reference: [-5, -5],
    length: [2, 2],
    label: [1, 0],
    divergence: [2, 2],
    ...columns,
  });

it('is ½·λ at a log-ratio of z, whatever the label', () => {
  const objective = kto({ beta: 0.7, desirableWeight: 1.5, undesirableWeight: 0.25 });
  expect(numbers(objective.evaluate(batch({})).losses)).toEqual([0.75, 0.125]);
});

it('falls with a desirable response and rises with an undesirable one, from λ to 0', () => {
  const far = batch({ policy: [995, 995], label: [1, 0] });
  expect(numbers(kto({ beta: 1 }).evaluate(far).losses)).toEqual([0, 1]);
});

it('keeps the digits of gradients where σ rounds to 1', () => {
  // Rows of either label on the wrong side, by 16 nats and by 20.
  const given = batch({ policy: [-19, 11], reference: [-5, -11], label: [1, 0] });
  const gradient = tf.grad((policy: tf.Tensor) =>
    tf.sum(kto({ beta: 1 }).evaluate({ ...given, policy: policy as tf.Tensor1D }).losses),
  )(given.policy);
  const [desirable, undesirable] = numbers(gradient) as [number, number];
  expect(desirable / -Math.exp(-16)).toBeCloseTo(1, 4);
  expect(undesirable / Math.exp(-20)).toBeCloseTo(1, 4);
});

it('reports what TRL does of rows with either label', () => {
  expect(metricValues(kto({ beta: 0.5 }).evaluate(batch({})))).toEqual({
    rewards: [1, 1],
    desirable: [1, 0],
    kl: [2, 2],
    'logps/samples': [-3, -3],
  });
});

it('says what it reads, and asks for it by name', () => {
  expect(kto({ beta: 1 })).toMatchObject({
    specificationVersion: 'v2',
    requires: { feedback: 'unpaired', reference: true, divergence: true },
  });
  const { divergence, ...rest } = batch({});
  expect(() => kto({ beta: 1 }).evaluate(rest)).toThrow(/kto: divergence is missing from the batch/);
});

it.each([
  [() => kto({ beta: 0 }), /kto: beta must be a finite number above 0, got 0/],
  [() => kto({ beta: 1, desirableWeight: -1 }), /kto: desirableWeight must be a finite number ≥ 0, got -1/],
  [
    () => kto({ beta: 1, undesirableWeight: Number.NaN }),
    /kto: undesirableWeight must be a finite number ≥ 0, got NaN/,
  ],
  [
    () => importanceWeighted(kto({ beta: 1 }) as never),
    /the losses of kto do not belong to single preference pairs/,
  ],
])('refuses what has no meaning: %#', (make, message) => {
  expect(make).toThrow(message);
});

it('adds up with others over rows, and keeps asking for a divergence', () => {
  const sum = weightedSum<UnpairedBatch>([
    { objective: kto({ beta: 1 }), weight: 1 },
    { objective: kto({ beta: 0.1 }), weight: 0.5 },
  ]);
  expect(sum).toMatchObject({
    specificationVersion: 'v2',
    requires: { feedback: 'unpaired', divergence: true },
  });
  expect(sum.evaluate(batch({})).losses.shape).toEqual([2]);
});

it('bounds the tokens of single responses', () => {
  const rows = toBatch<TokenUnpairedBatch>({
    policyTokens: [[-1, -5], [-2]],
    referenceTokens: [[-4, -1], [-2]],
    label: [1, 0],
    divergence: [0, 0],
  });
  expect(metricValues(humanline(kto({ beta: 1 })).evaluate(rows))).toEqual({
    rewards: [0.5, 0],
    desirable: [1, 0],
    kl: [0, 0],
    'logps/samples': [-6, -2],
    'humanline/clamped': [1, 0],
  });
});
