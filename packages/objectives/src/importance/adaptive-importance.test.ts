import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import { dpo } from '../objectives/dpo.js';
import { rpo } from '../objectives/rpo.js';
import { adaptiveImportance } from './adaptive-importance.js';
import { fixed } from './fixed.js';
import { importanceWeights } from './importance-weights.js';
import { inverseLength } from './inverse-length.js';
import { tokenWeighted } from './token-weighted.js';
import { weightBounds } from './weight-bounds.js';

it('fills in the defaults of the source paper', () => {
  const { smoothing, ...rest } = adaptiveImportance();
  expect(rest).toEqual({
    pool: 'response',
    clip: {},
    differentiable: false,
    selfNormalized: false,
    meanWeightOnly: false,
    bounds: undefined,
  });
  expect(numbers(smoothing(tf.tensor1d([1, 4])))).toEqual([1, 0.25]);
});

it('keeps what is given', () => {
  const options = {
    smoothing: fixed(0.5),
    pool: 'pair',
    clip: { lower: -1, upper: 1 },
    bounds: weightBounds({ vespo: {} }),
    differentiable: true,
    selfNormalized: true,
    meanWeightOnly: false,
  } as const;
  expect(adaptiveImportance(options)).toEqual(options);
  const control = { ...options, selfNormalized: false, meanWeightOnly: true };
  expect(adaptiveImportance(control)).toEqual(control);
});

it('accepts equal bounds and either bound alone', () => {
  expect(adaptiveImportance({ clip: { lower: 0, upper: 0 } }).clip).toEqual({ lower: 0, upper: 0 });
  expect(adaptiveImportance({ clip: { lower: 3 } }).clip).toEqual({ lower: 3 });
});

it.each([{ lower: 1, upper: 0 }, { upper: Number.NaN }, { lower: Number.NaN }])(
  'refuses bounds that are none: %o',
  (clip) => {
    expect(() => adaptiveImportance({ clip })).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringMatching(
          /^@ais\/objectives: adaptiveImportance: clip must have a lower bound no greater than its upper bound, got .* and .*\.$/,
        ) as string,
      }),
    );
  },
);

it('refuses the mean of weights whose mean is 1', () => {
  expect(() => adaptiveImportance({ selfNormalized: true, meanWeightOnly: true })).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message:
        '@ais/objectives: adaptiveImportance: selfNormalized and meanWeightOnly exclude each other, because the mean of ' +
        'self-normalized weights is always 1; set one of them.',
    }),
  );
});

const options = 'smoothing, pool, clip, bounds, differentiable, selfNormalized, meanWeightOnly';

it.each<[unknown, string]>([
  [fixed(1), 'options must be an object, got a function.'],
  [adaptiveImportance, 'options must be an object, got a function.'],
  [true, 'options must be an object, got true.'],
  ['inverse-length', 'options must be an object, got "inverse-length".'],
  [{ selfNormalised: true }, `there is no option selfNormalised, but ${options}.`],
  [
    { smoothing: 'inverse-length' },
    'smoothing must be a function such as inverseLength(), got "inverse-length".',
  ],
  [{ clip: -0.7 }, 'clip: options must be an object, got -0.7.'],
  [{ clip: [-0.5, 0.5] }, 'clip: there is no option 0, but lower, upper.'],
  [{ clip: { min: -1, max: 1 } }, 'clip: there is no option min, but lower, upper.'],
])('refuses %o, with what there is', (importance, message) => {
  const refused = expect.objectContaining({
    code: 'invalid-option',
    message: `@ais/objectives: adaptiveImportance: ${message}`,
  });
  expect(() => adaptiveImportance(importance as object)).toThrow(refused);
  for (const make of [dpo, rpo]) {
    expect(() => make({ beta: 0.1, importance: importance as object })).toThrow(refused);
  }
});

it('refuses a smoothing that was not called, once it is asked for α', () => {
  const lengths = { chosenLength: [1, 2], rejectedLength: [2, 1] };
  const batch = pairBatch({ policyChosen: [-1, -2], policyRejected: [-2, -3], ...lengths });
  const before = tf.memory().numTensors;
  expect(() => importanceWeights(batch, { smoothing: inverseLength as never })).toThrow(
    '@ais/objectives: adaptiveImportance: smoothing must be called, as in inverseLength(), or return a tensor, got a function.',
  );
  expect(tf.memory().numTensors).toBe(before);
});

it('takes what is undefined for left out', () => {
  const given = { pool: undefined, clip: undefined, selfNormalized: undefined };
  expect(adaptiveImportance(given as object)).toMatchObject({
    pool: 'response',
    clip: {},
    selfNormalized: false,
  });
});

it.each<[string, () => unknown, string]>([
  [
    'tokenWeighted',
    () => tokenWeighted(dpo({ beta: 1 }), { clip: {} } as object),
    'smoothing, pool, clipTokens, filter',
  ],
  [
    'weightBounds',
    () => weightBounds({ clip: {} } as object),
    'clipTokens, clipResponses, mask, filter, vespo',
  ],
])('has namesakes in %s, which refuses them too', (owner, make, known) => {
  expect(make).toThrow(`@ais/objectives: ${owner}: there is no option clip, but ${known}.`);
});

it.each<[string, () => unknown]>([
  [
    'weightBounds: mask: there is no option min, but lower, upper, outside.',
    () => weightBounds({ mask: { min: 1 } as object }),
  ],
  [
    'weightBounds: vespo: there is no option k, but chosen, rejected.',
    () => weightBounds({ vespo: { k: 1 } as object }),
  ],
  [
    'tokenWeighted: smoothing must be a function such as inverseLength(), got 1.',
    () => tokenWeighted(dpo({ beta: 1 }), { smoothing: 1 as never }),
  ],
])('%s', (message, make) => {
  expect(make).toThrow(`@ais/objectives: ${message}`);
});
