import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta, tokenWeights } from '../../test/options.js';
import { metricValues, numbers, pairBatch } from '../../test/pair-batch.js';
import type { PairBatch, TokenPairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { aot } from '../contrib/aot.js';
import { exponential } from '../losses/exponential.js';
import { sumByRow } from '../numerics/by-row.js';
import { directAlignment } from '../objectives/direct-alignment.js';
import { dpo } from '../objectives/dpo.js';
import { ipo } from '../objectives/ipo.js';
import { ldDpo } from '../objectives/ld-dpo.js';
import { orpo } from '../objectives/orpo.js';
import { pairObjective } from '../pairs/pair-objective.js';
import { fixed } from './fixed.js';
import { importanceWeighted } from './importance-weighted.js';
import { type TokenWeightOptions, tokenWeighted } from './token-weighted.js';
import { weightBounds } from './weight-bounds.js';

/** Two pairs; log-ratios of tokens: 2, −1 and 0.5, then −3 and 30. */
const batch = (): TokenPairBatch => ({
  ...pairBatch({
    policyChosen: [-3, -5],
    policyRejected: [-1, -1],
    referenceChosen: [-4, -2],
    referenceRejected: [-1.5, -31],
    chosenLength: [2, 1],
  }),
  policyChosenTokens: tf.tensor1d([-1, -2, -5]),
  referenceChosenTokens: tf.tensor1d([-3, -1, -2]),
  policyRejectedTokens: tf.tensor1d([-1, -1]),
  referenceRejectedTokens: tf.tensor1d([-1.5, -31]),
  chosenTokenRow: tf.tensor1d([0, 0, 1], 'int32'),
  rejectedTokenRow: tf.tensor1d([0, 1], 'int32'),
});

/** The gradient of each token by the weighted loss over that of its pair's sum by the plain one. */
function factors(options: TokenWeightOptions): { chosen: number[]; rejected: number[] } {
  const given = batch();
  const weighted = tokenWeighted(dpo({ beta: 0.1 }), options);
  const gradient = (field: keyof TokenPairBatch, objective: { evaluate: typeof weighted.evaluate }) =>
    numbers(
      tf.grad((x: tf.Tensor) => tf.sum(objective.evaluate({ ...given, [field]: x as tf.Tensor1D }).losses))(
        given[field] as tf.Tensor,
      ),
    );
  const plain = (field: keyof TokenPairBatch): number[] => gradient(field, dpo({ beta: 0.1 }));
  const ratios = (tokens: keyof TokenPairBatch, sum: keyof TokenPairBatch, rows: tf.Tensor): number[] => {
    const own = plain(sum);
    const row = numbers(rows);
    return gradient(tokens, weighted).map((value, index) => value / (own[row[index] as number] as number));
  };
  return {
    chosen: ratios('policyChosenTokens', 'policyChosen', given.chosenTokenRow),
    rejected: ratios('policyRejectedTokens', 'policyRejected', given.rejectedTokenRow),
  };
}

const close = (values: number[]): unknown[] =>
  values.map((value) => expect.closeTo(value, value > 100 ? -4 : 5));

it('multiplies the gradient of each token by its ratio, to the power of α', () => {
  expect(factors({ smoothing: fixed(1) })).toEqual({
    chosen: close([Math.exp(2), Math.exp(-1), Math.exp(-3)]),
    // The largest that a weight may be.
    rejected: close([Math.exp(0.5), Math.exp(20)]),
  });
  expect(factors({ clipTokens: { upper: 1 } })).toEqual({
    chosen: close([Math.exp(1 / 2), Math.exp(-1 / 2), Math.exp(-3)]),
    rejected: close([Math.exp(0.5), Math.exp(1)]),
  });
});

it('truncates or masks ratios, and filters pairs', () => {
  const smoothing = fixed(1);
  expect(factors({ smoothing, clipTokens: { lower: -2, upper: 1 } })).toEqual({
    chosen: close([Math.exp(1), Math.exp(-1), Math.exp(-2)]),
    rejected: close([Math.exp(0.5), Math.exp(1)]),
  });
  expect(factors({ smoothing, clipTokens: { lower: -2, upper: 1, outside: 'mask' } })).toEqual({
    chosen: close([0, Math.exp(-1), 0]),
    rejected: close([Math.exp(0.5), 0]),
  });
  // Mean log-ratios ½ and ½, then −3 and 30.
  expect(factors({ smoothing, filter: { lower: 0.3, upper: 0.6 } })).toEqual({
    chosen: close([Math.exp(2), Math.exp(-1), 0]),
    rejected: close([Math.exp(0.5), 0]),
  });
});

it('changes no loss, to the last bit, and says what the weights are', () => {
  const options = { smoothing: fixed(1), clipTokens: { upper: 1 }, filter: { upper: 1 } };
  const plain = dpo({ beta: 0.1 }).evaluate(batch());
  const weighted = tokenWeighted(dpo({ beta: 0.1 }), options).evaluate(batch());
  expect(numbers(weighted.losses)).toEqual(numbers(plain.losses));
  const weights = [Math.exp(1), Math.exp(-1), Math.exp(0.5)];
  const mean = weights.reduce((sum, w) => sum + w) / 3;
  const squares = weights.reduce((sum, w) => sum + w * w, 0) / 3;
  expect(metricValues(weighted)).toEqual({
    ...metricValues(plain),
    'token_weights/mean': close([mean, 0]),
    'token_weights/effective_sample_size': close([mean ** 2 / squares, 0]),
    'token_weights/overflow': [0, 0],
    'weights/clipped_tokens': close([1 / 3, 1 / 2]),
    'weights/dropped': [0, 1],
  });
});

it('counts equal weights in full, however small or large they are', () => {
  for (const ratio of [-45, -80, 19]) {
    const given = {
      ...batch(),
      referenceChosenTokens: tf.sub<tf.Tensor1D>(batch().policyChosenTokens, ratio),
      referenceRejectedTokens: tf.sub<tf.Tensor1D>(batch().policyRejectedTokens, ratio),
    };
    const metrics = metricValues(tokenWeighted(dpo({ beta: 0.1 }), { smoothing: fixed(1) }).evaluate(given));
    expect(metrics['token_weights/effective_sample_size']).toEqual(close([1, 1]));
  }
});

it('hands weighted tokens to an objective that reads them', () => {
  const objective = ldDpo({ beta: 0.1, alpha: 0.5 });
  const weighted = tokenWeighted(objective, { smoothing: fixed(1), clipTokens: { upper: 1 } });
  expect(numbers(weighted.evaluate(batch()).losses)).toEqual(numbers(objective.evaluate(batch()).losses));
  const gradient = (of: Objective<TokenPairBatch>) =>
    numbers(
      tf.grad((tokens: tf.Tensor) =>
        tf.sum(of.evaluate({ ...batch(), policyRejectedTokens: tokens as tf.Tensor1D }).losses),
      )(batch().policyRejectedTokens),
    );
  const weights = [Math.exp(0.5), Math.exp(1)];
  expect(gradient(weighted)).toEqual(
    gradient(objective).map((value, token) => expect.closeTo(value * (weights[token] as number), 6)),
  );
});

it('counts weights that float32 limits, and names no bound that is not set', () => {
  const { metrics } = tokenWeighted(dpo({ beta: 0.1 }), { smoothing: fixed(1) }).evaluate(batch());
  expect(numbers(metrics['token_weights/overflow'] as tf.Tensor)).toEqual([0, 0.5]);
  expect(metrics).not.toHaveProperty('weights/clipped_tokens');
  expect(metrics).not.toHaveProperty('weights/dropped');
});

it('requires tokens and a reference, as bounds on tokens do', () => {
  const bounds = weightBounds({ clipTokens: { upper: 1 } });
  const requires = { feedback: 'pairs', reference: true, tokens: true };
  expect(tokenWeighted(orpo({ lambda: 0.1 }))).toMatchObject({
    specificationVersion: 'v2',
    name: 'token-ais-orpo',
    requires,
  });
  expect(importanceWeighted(orpo({ lambda: 0.1 }), { bounds })).toMatchObject({
    specificationVersion: 'v2',
    name: 'ais-orpo',
    requires,
  });
  expect(
    importanceWeighted(dpo({ beta: 1 }), { bounds: weightBounds({ vespo: {} }) }).requires,
  ).not.toHaveProperty('tokens');
});

it('refuses bounds that are none, and objectives whose losses belong to no pair', () => {
  const weighted = (options: object) => () => tokenWeighted(dpo({ beta: 1 }), options);
  expect(weighted({ clipTokens: { lower: 1, upper: 0 } })).toThrow(
    /tokenWeighted: clipTokens must have a lower/,
  );
  expect(weighted({ filter: { lower: 1, upper: 0 } })).toThrow(
    /tokenWeighted: filter must have a lower bound/,
  );
  expect(() => tokenWeighted(aot({ beta: 1 }))).toThrow(
    /tokenWeighted: the losses of aot do not belong to single preference pairs/,
  );
});

it('names itself where the batch is malformed', () => {
  const { chosenTokenRow: _, ...without } = batch();
  const objective = tokenWeighted(dpo({ beta: 1 }));
  expect(() => objective.evaluate(without as TokenPairBatch)).toThrow(
    /tokenWeighted: chosenTokenRow must be int32/,
  );
  for (const field of ['behaviorChosen', 'behaviorRejected']) {
    expect(() => objective.evaluate({ ...batch(), [field]: tf.tensor1d([1]) })).toThrow(
      new RegExp(`tokenWeighted: ${field} has 1 rows`),
    );
  }
});

it('takes one α from the length of the pair', () => {
  expect(factors({ pool: 'pair', clipTokens: { upper: 1 } })).toEqual({
    chosen: close([Math.exp(1 / 3), Math.exp(-1 / 3), Math.exp(-3 / 2)]),
    rejected: close([Math.exp(0.5 / 3), Math.exp(1 / 2)]),
  });
});

it('has metrics without a gradient into lengths', () => {
  const given = batch();
  const objective = tokenWeighted(dpo({ beta: 1 }), { clipTokens: { upper: 1 }, filter: { upper: 1 } });
  for (const field of ['chosenLength', 'rejectedLength'] as const) {
    const gradient = tf.grad((length: tf.Tensor) =>
      tf.addN(
        Object.values(objective.evaluate({ ...given, [field]: length as tf.Tensor1D }).metrics)
          .map((metric) => tf.sum(metric))
          .concat(tf.mul(0, tf.sum(length))),
      ),
    );
    expect(numbers(gradient(given[field]))).toEqual([0, 0]);
  }
});

it('leaves nothing behind', () => {
  const given = batch();
  const objective = tokenWeighted(dpo({ beta: 1 }), { filter: { upper: 1 } });
  const before = tf.memory().numTensors;
  const { losses, metrics } = objective.evaluate(given);
  tf.dispose([losses, metrics]);
  expect(tf.memory().numTensors).toBe(before);
});

interface Options extends TokenWeightOptions {
  beta: number;
}

/** A batch moved from another by each token's difference times its weight there. */
function movedByWeights(batch: TokenPairBatch, at: TokenPairBatch, options: TokenWeightOptions): PairBatch {
  const sums = tokenWeighted(
    pairObjective({ name: 'sums', losses: ({ chosen, rejected }) => tf.add(chosen, rejected) }),
    options,
  );
  const side = (name: 'Chosen' | 'Rejected'): tf.Tensor1D => {
    const rows = at[name === 'Chosen' ? 'chosenTokenRow' : 'rejectedTokenRow'];
    // The gradient of a sum by a token is the token's weight.
    const weights = tf.grad((tokens: tf.Tensor) =>
      tf.sum(sums.evaluate({ ...at, [`policy${name}Tokens`]: tokens as tf.Tensor1D }).losses),
    )(at[`policy${name}Tokens`]) as tf.Tensor1D;
    const moved = tf.sub(batch[`policy${name}Tokens`], at[`policy${name}Tokens`]);
    return tf.add(at[`policy${name}`], sumByRow(tf.mul(weights, moved), rows, at.chosenLength.size));
  };
  return { ...batch, policyChosen: side('Chosen'), policyRejected: side('Rejected') };
}

const plain = {
  dpo: ({ beta }: { beta: number }) => dpo({ beta }),
  ipo: ({ beta }: { beta: number }) => ipo({ beta }),
  exponential: ({ beta }: { beta: number }) => directAlignment({ loss: exponential(), beta }),
};

for (const name of ['dpo', 'ipo', 'exponential'] as const) {
  describe(`${name} with weights of tokens`, () => {
    const unweighted = plain[name] as (options: { beta: number }) => Objective<TokenPairBatch>;
    conforms(({ beta, ...options }: Options) => tokenWeighted(unweighted({ beta }), options), {
      optionsArbitrary: fc.tuple(beta, tokenWeights).map(([beta, options]) => ({ beta, ...options })),
      surrogate:
        ({ beta, ...options }, at) =>
        (batch) =>
          tf.tidy(() => plain[name]({ beta }).evaluate(movedByWeights(batch, at, options)).losses),
      ...(name === 'dpo'
        ? {
            golden: goldenOf<Options, TokenPairBatch>('ais-dpo-token-weights', ({ beta, importance }) => ({
              beta: beta as number,
              ...(importance as TokenWeightOptions),
              smoothing: fixed(1),
            })),
          }
        : { skip: { golden: 'the weights of DPO have them, and the other losses are the same unweighted' } }),
      limits: [
        {
          name: 'α = 0 is the unweighted loss',
          at: ({ beta }) => ({ beta, smoothing: fixed(0) }),
          equals: unweighted,
        },
      ],
      numRuns: 5,
    });
  });
}
