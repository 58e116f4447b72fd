import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues, numbers } from '../../test/pair-batch.js';
import type { SampleBatch, TokenPairBatch, TokenSampleBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { fixed } from '../importance/fixed.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { importanceWeights } from '../importance/importance-weights.js';
import { tokenWeighted } from '../importance/token-weighted.js';
import { toBatch } from '../testing/rows.js';
import { cispo } from './cispo.js';
import { dpo } from './dpo.js';
import { gspo } from './gspo.js';
import { type HumanlineOptions, humanline } from './humanline.js';
import { ipo } from './ipo.js';
import { ldDpo } from './ld-dpo.js';
import { luspo } from './luspo.js';
import { rloo } from './rloo.js';
import { simpo } from './simpo.js';

const bounds = { lower: fc.constantFrom<number[]>(-1, -0.25), upper: fc.constantFrom<number[]>(0.5, 1.5) };
const unbounded = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
const withLength = { smoothing: (length: tf.Tensor1D) => tf.div<tf.Tensor1D>(1, length) };

const wrapped: readonly [string, (options: { beta: number }) => Objective][] = [
  ['DPO', dpo],
  ['IPO', ipo],
  ['LD-DPO', ({ beta }) => ldDpo({ beta, alpha: 0.5 })],
  ['AIS-DPO', ({ beta }) => importanceWeighted(dpo({ beta }), withLength)],
];

describe.each(wrapped)('around %s', (name, make) => {
  const factory = ({ lower, upper, beta }: { beta: number } & HumanlineOptions): Objective<TokenPairBatch> =>
    humanline(make({ beta }), {
      ...(lower !== undefined && { lower }),
      ...(upper !== undefined && { upper }),
    });
  conforms(factory, {
    optionsArbitrary: fc.record({ beta, ...bounds }, { requiredKeys: ['beta'] }),
    limits: [
      {
        name: `without bounds it is ${name} itself`,
        at: (options) => ({ ...options, ...unbounded }),
        equals: ({ beta }) => make({ beta }) as Objective<TokenPairBatch>,
      },
    ],
    ...(name === 'DPO'
      ? {
          golden: goldenOf('humanline', ({ labelSmoothing, ...rest }) => rest as { beta: number }).filter(
            ({ options }) => !('lower' in options),
          ),
        }
      : { skip: { golden: 'HALOs has the humanline variants of DPO and KTO alone' } }),
    ...(name === 'AIS-DPO' && {
      skip: {
        golden: 'its parts have golden values',
        gradient: 'the weight is a constant of the update; the wrapped objective is tested with a surrogate',
      },
    }),
  });
});

describe('around conservative DPO', () => {
  conforms(
    ({ beta, labelSmoothing, ...options }: { beta: number; labelSmoothing: number } & HumanlineOptions) =>
      humanline(dpo({ beta, labelSmoothing }), options),
    {
      optionsArbitrary: fc.record({ beta, labelSmoothing: fc.constantFrom(0.1, 0.2), ...bounds }),
      golden: goldenOf('humanline', (given) => given as { beta: number; labelSmoothing: number }).filter(
        ({ options }) => 'lower' in options,
      ),
    },
  );
});

describe('around RLOO', () => {
  conforms(
    ({ beta, ...options }: { beta: number } & HumanlineOptions) => humanline(rloo({ beta }), options),
    {
      optionsArbitrary: fc.record({ beta: fc.constantFrom(0.05, 0.25), ...bounds }),
      skip: {
        golden: 'no library has it',
        gradient: 'advantages are constants of the update; RLOO itself is tested with a surrogate',
      },
      limits: [
        {
          name: 'without bounds it is RLOO itself',
          at: (options) => ({ ...options, ...unbounded }),
          equals: rloo as never,
        },
      ],
    },
  );
});

const batch = toBatch<TokenPairBatch>({
  policyChosenTokens: [[-1, -5, -1], [-2]],
  policyRejectedTokens: [
    [-1, -1],
    [-4, -1],
  ],
  referenceChosenTokens: [[-2, -1, -3], [-2]],
  referenceRejectedTokens: [
    [-1.5, -4],
    [-2, -1.5],
  ],
});

it('bounds each token, says how many it bounded, and reports the log-probabilities as they are', () => {
  const evaluation = humanline(dpo({ beta: 0.5 })).evaluate(batch);
  // Of the first chosen response: 1, −4, and 2 become 1, −1, and 1.5.
  expect(metricValues(evaluation)).toMatchObject({
    'rewards/chosen': [0.75, 0],
    'rewards/rejected': [1, -0.25],
    'logps/chosen': [-7, -2],
    'logps/rejected': [-2, -5],
    'humanline/clamped_chosen': [expect.closeTo(2 / 3), 0],
    'humanline/clamped_rejected': [0.5, 0.5],
  });
});

it('lets no gradient through a token that is out of bounds', () => {
  const objective = humanline(ipo({ beta: 0.5 }));
  const gradient = tf.grad((policyChosenTokens: tf.Tensor) =>
    tf.sum(objective.evaluate({ ...batch, policyChosenTokens: policyChosenTokens as tf.Tensor1D }).losses),
  )(batch.policyChosenTokens);
  expect(numbers(gradient).map((value) => value !== 0)).toEqual([true, false, false, true]);
});

it('bounds the ratios of weights inside, and not of weights outside', () => {
  const options = { smoothing: () => tf.ones<tf.Rank.R1>([2]) };
  const inside = humanline(importanceWeighted(dpo({ beta: 0.5 }), options)).evaluate(batch);
  const outside = importanceWeighted(humanline(dpo({ beta: 0.5 })), options).evaluate(batch);
  expect(metricValues(inside)['weights/mean']).toEqual([Math.exp(3.5), Math.exp(-0.5)].map(closeTo));
  expect(metricValues(outside)['weights/mean']).toEqual(
    numbers(importanceWeights(batch, options)).map(closeTo),
  );
});

// Two samples of three tokens, the last of each 3 nats below the reference.
const policyTokens = [
  [-1, -1, -4],
  [-1, -1, -4],
];
const referenceTokens = policyTokens.map((row) => row.map(() => -1));
const samplesUnder = (behaviorTokens: number[][]): TokenSampleBatch =>
  toBatch<TokenSampleBatch>({
    policyTokens,
    referenceTokens,
    behaviorTokens,
    rewards: [1, 0],
    group: [0, 0],
  });
const overBehavior: readonly [string, Objective<SampleBatch>][] = [
  ['GSPO', gspo({ beta: 0.05, upper: 9 })],
  ['LUSPO', luspo({ beta: 0.05, upper: 9 })],
  ['CISPO', cispo({ beta: 0.05, upper: 9 }) as Objective<SampleBatch>],
];

it.each(overBehavior)('keeps the ratios of %s to the policy that sampled', (_, objective) => {
  const ratios = (behaviorTokens: number[][]): number[] | undefined =>
    metricValues(humanline(objective).evaluate(samplesUnder(behaviorTokens)))['ratios/mean'];
  expect(ratios(policyTokens)).toEqual([1, 1]);
  // 2 nats likelier than under μ is 1.5, 3 nats less likely −1.
  const older = [
    [-1, -3, -4],
    [-1, -1, -1],
  ];
  const mean = ([ratio]: number[]): number =>
    objective.requires.tokens ? (2 + Math.exp(ratio as number)) / 3 : Math.exp((ratio as number) / 3);
  expect(ratios(older)).toEqual([mean([1.5]), mean([-1])].map(closeTo));
});

const freshPairs = {
  ...batch,
  behaviorChosen: batch.policyChosen,
  behaviorRejected: batch.policyRejected,
  behaviorChosenTokens: batch.policyChosenTokens,
  behaviorRejectedTokens: batch.policyRejectedTokens,
};

it('keeps weights inside at 1 on fresh pairs, per pair and per token', () => {
  const ofPairs = humanline(importanceWeighted(dpo({ beta: 0.5 }), withLength));
  expect(metricValues(ofPairs.evaluate(freshPairs))['weights/mean']).toEqual([1, 1]);
  const ofTokens = humanline(tokenWeighted(dpo({ beta: 0.5 }), withLength));
  expect(metricValues(ofTokens.evaluate(freshPairs))['token_weights/mean']).toEqual([1, 1]);
});

it('leaves ratios to a behavior policy unbounded where its tokens are unknown', () => {
  const objective = humanline(importanceWeighted(dpo({ beta: 0.5 }), { smoothing: fixed(1) }));
  const { behaviorChosenTokens, behaviorRejectedTokens, ...sums } = freshPairs;
  expect(metricValues(objective.evaluate(sums))['weights/mean']).toEqual([1, 1].map(closeTo));
  const older = { ...sums, behaviorChosen: tf.sub<tf.Tensor1D>(sums.behaviorChosen, 3) };
  const weights = metricValues(objective.evaluate(older))['weights/mean'];
  expect(weights?.map(Math.log)).toEqual([3, 3].map(closeTo));
});

const closeTo = (value: number) => expect.closeTo(value, 3);

it('says what it reads, and of which version it is', () => {
  const objective = humanline(dpo({ beta: 1 }));
  expect(objective).toMatchObject({
    name: 'humanline-dpo',
    specificationVersion: 'v2',
    requires: { feedback: 'pairs', reference: true, tokens: true },
  });
});

it.each([
  [() => humanline(simpo({ beta: 2, gamma: 0 }) as Objective), /simpo reads no reference, so there are no/],
  [() => humanline(dpo({ beta: 1 }), { lower: 0 }), /lower must be below 0 and upper above, .* 0 and 1\.5\./],
  [() => humanline(dpo({ beta: 1 }), { upper: -1 }), /lower must be below 0 and upper above, .* -1 and -1\./],
])('refuses %s', (make, message) => {
  expect(make).toThrow(message);
});

it('refuses tokens without rows, and rows without tokens', () => {
  const objective = humanline(dpo({ beta: 1 }));
  const { chosenTokenRow, ...rest } = batch;
  expect(() => objective.evaluate(rest as TokenPairBatch)).toThrow(
    'humanline-dpo: chosenTokenRow must be int32 of shape [tokens] with at least one token, got nothing.',
  );
  const more = tf.tensor1d([0, 0, 0, 0, 1], 'int32');
  expect(() => objective.evaluate({ ...batch, chosenTokenRow: more })).toThrow(
    'humanline-dpo: policyChosenTokens has 4 tokens, but chosenTokenRow has 5; every token needs the row it belongs to.',
  );
});
