import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues, numbers, pairBatch } from '../../test/pair-batch.js';
import type { PairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { aot } from '../contrib/aot.js';
import { bcoPair } from '../contrib/bco-pair.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { importanceWeights } from '../importance/importance-weights.js';
import { chosenSft } from './chosen-sft.js';
import { cpo } from './cpo.js';
import { dpo } from './dpo.js';
import { rloo } from './rloo.js';
import { rpo } from './rpo.js';
import { simpo } from './simpo.js';
import { weightedSum } from './weighted-sum.js';
import { wpo } from './wpo.js';

interface Options {
  readonly beta: number;
  readonly weights: readonly [number, number, number];
}

/** Mixed preference optimization. */
const mpo = ({ beta, weights }: Options): Objective =>
  weightedSum([
    { objective: dpo({ beta }), weight: weights[0] },
    { objective: bcoPair({ beta }), weight: weights[1] },
    { objective: chosenSft(), weight: weights[2] },
  ]);
const weight = fc.constantFrom(0, 0.2, 0.8, 1, 2);

describe('mixed preference optimization', () => {
  conforms(mpo, {
    optionsArbitrary: fc.record<Options>({ beta, weights: fc.tuple(weight, weight, weight) }),
    limits: [
      {
        name: 'one term alone is its objective',
        at: ({ beta }): Options => ({ beta, weights: [1, 0, 0] }),
        equals: ({ beta }) => dpo({ beta }),
      },
      {
        name: 'DPO and SFT are RPO with a mean over the tokens of each response',
        at: ({ beta }): Options => ({ beta, weights: [1, 0, 0.2] }),
        equals: ({ beta }) => rpo({ beta, eta: 0.2 / beta, average: 'response' }),
      },
    ],
    golden: goldenOf('mpo'),
  });
});

describe('a sum without a reference', () => {
  const factory = ({ beta, sftWeight }: { beta: number; sftWeight: number }): Objective =>
    weightedSum([
      { objective: cpo({ beta, sftWeight: 0 }), weight: 1 },
      { objective: chosenSft(), weight: sftWeight },
    ]);
  conforms(factory, {
    optionsArbitrary: fc.record({ beta, sftWeight: weight }),
    limits: [{ name: 'CPO is the sum of its parts', at: (options) => options, equals: cpo }],
    skip: { golden: 'those of CPO are its golden values' },
  });
});

describe('an importance-weighted sum', () => {
  const sum = ({ beta }: { beta: number }): Objective =>
    weightedSum([
      { objective: simpo({ beta, gamma: 0.5 }), weight: 2 },
      { objective: dpo({ beta }), weight: 0.5 },
    ]);
  conforms((options: { beta: number }) => importanceWeighted(sum(options)), {
    optionsArbitrary: fc.record({ beta }),
    surrogate: (options, at: PairBatch) => (batch) =>
      tf.tidy(() => tf.mul(importanceWeights(at, {}), sum(options).evaluate(batch).losses)),
    limits: [
      {
        name: 'it is the sum of its weighted terms',
        at: (options) => options,
        equals: ({ beta }) =>
          weightedSum([
            { objective: importanceWeighted(simpo({ beta, gamma: 0.5 })), weight: 2 },
            { objective: importanceWeighted(dpo({ beta })), weight: 0.5 },
          ]),
      },
    ],
    skip: { golden: 'weights and terms have theirs' },
  });
});

it('keeps the metrics of the first term, and puts those of the others under their names', () => {
  const batch = pairBatch({ policyChosen: [-4, -1], policyRejected: [-2, -1], chosenLength: [2, 1] });
  const objective = weightedSum([
    { objective: dpo({ beta: 0.5 }), weight: 1 },
    { objective: chosenSft(), weight: 3 },
    { objective: dpo({ beta: 0.25 }), weight: 1 },
  ]);
  const metrics = metricValues(objective.evaluate(batch));
  expect(objective.name).toBe('dpo-plus-chosen-sft-plus-dpo');
  expect(metrics['rewards/chosen']).toEqual([-2, -0.5]);
  expect(metrics['chosen-sft/rewards/chosen']).toEqual([-2, -1]);
  expect(metrics['dpo-2/rewards/chosen']).toEqual([-1, -0.25]);
  expect(metrics['chosen-sft/loss']).toEqual([2, 1]);
  expect(metrics['dpo/loss']).toEqual(numbers(dpo({ beta: 0.5 }).evaluate(batch).losses));
  expect(metrics['dpo-2/loss']).toEqual(numbers(dpo({ beta: 0.25 }).evaluate(batch).losses));
});

it('reads what any of its terms reads', () => {
  const requires = (...objectives: Objective[]) =>
    weightedSum(objectives.map((objective) => ({ objective, weight: 1 }))).requires;
  expect(requires(chosenSft())).toEqual({ feedback: 'pairs', reference: false });
  expect(requires(chosenSft(), dpo({ beta: 1 }))).toEqual({ feedback: 'pairs', reference: true });
  expect(requires(chosenSft(), wpo({ beta: 1 }))).toMatchObject({ certainty: true });
  expect(requires(dpo({ beta: 1 }), aot({ beta: 1 }))).toMatchObject({ wholeBatch: true });
  const samples = weightedSum([{ objective: rloo({ beta: 1 }), weight: 1 }]);
  expect(samples.requires).toEqual(rloo({ beta: 1 }).requires);
});

it.each([
  ['no terms', () => weightedSum([]), 'expected at least one term, { objective, weight }, got none.'],
  [
    'a weight below 0',
    () => weightedSum([{ objective: dpo({ beta: 1 }), weight: -1 }]),
    'weight must be a finite number ≥ 0, got -1.',
  ],
  [
    'an infinite weight',
    () => weightedSum([{ objective: dpo({ beta: 1 }), weight: Number.POSITIVE_INFINITY }]),
    'weight must be a finite number ≥ 0, got Infinity.',
  ],
  [
    'pairs beside samples',
    () =>
      weightedSum([
        { objective: dpo({ beta: 1 }), weight: 1 },
        { objective: rloo({ beta: 1 }) as unknown as Objective, weight: 1 },
      ]),
    'dpo learns from pairs, rloo from samples; all terms must learn from the same.',
  ],
  [
    'a factory in place of an objective',
    () => weightedSum([{ objective: dpo as unknown as Objective, weight: 1 }]),
    "expected an objective, an object with a function 'evaluate', got a function.",
  ],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(
    expect.objectContaining({ exit: 'usage', message: `@ais/objectives: weightedSum: ${message}` }),
  );
});
