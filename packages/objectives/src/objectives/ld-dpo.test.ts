import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues } from '../../test/pair-batch.js';
import type { TokenPairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { pairObjective } from '../pairs/pair-objective.js';
import { toBatch } from '../testing/rows.js';
import { dpo } from './dpo.js';
import { ldDpo } from './ld-dpo.js';

conforms(ldDpo, {
  optionsArbitrary: fc.record({ beta, alpha: fc.constantFrom(0, 0.25, 0.5, 1) }),
  golden: goldenOf('ld-dpo'),
  limits: [
    {
      name: 'α = 1 is DPO',
      at: (options) => ({ ...options, alpha: 1 }),
      equals: ({ beta }) => dpo({ beta }) as Objective<TokenPairBatch>,
    },
  ],
});

it('counts tokens beyond the shorter length for α', () => {
  const batch = toBatch<TokenPairBatch>({
    policyChosenTokens: [[-1, -1, -1], [-1]],
    policyRejectedTokens: [
      [-1, -1],
      [-1, -1, -1, -1],
    ],
    referenceChosenTokens: [[-2, -3, -5], [-9]],
    referenceRejectedTokens: [
      [-2, -3],
      [-2, -3, -5, -9],
    ],
  });
  expect(metricValues(ldDpo({ beta: 1, alpha: 0.5 }).evaluate(batch))).toMatchObject({
    'rewards/chosen': [3 + 2, 8],
    'rewards/rejected': [3, 1 + 0.5 * (2 + 4 + 8)],
  });
});

it('asks for tokens of the reference only if the formula reads a reference', () => {
  const free = pairObjective<TokenPairBatch>({
    name: 'free',
    requires: { tokens: true, reference: false },
    losses: ({ chosen }) => tf.neg(chosen),
  });
  expect(free.specificationVersion).toBe('v2');
  const { referenceChosenTokens, referenceRejectedTokens, ...batch } = toBatch<TokenPairBatch>({
    policyChosenTokens: [[-1, -1]],
    policyRejectedTokens: [[-1]],
    referenceChosenTokens: [[-1, -1]],
    referenceRejectedTokens: [[-1]],
  });
  expect(free.evaluate(batch as TokenPairBatch).losses.dataSync()).toEqual(Float32Array.of(2));
  expect(() => ldDpo({ beta: 1, alpha: 1 }).evaluate(batch as TokenPairBatch)).toThrow(
    'ld-dpo: referenceChosenTokens must be float32 of shape [tokens] with at least one token, got nothing.',
  );
});

it.each([-0.1, 1.1, Number.NaN])('refuses α = %d', (alpha) => {
  expect(() => ldDpo({ beta: 1, alpha })).toThrow(/ldDpo: alpha must be a number from 0 to 1, got/);
});
