import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { adaptiveImportance } from './adaptive-importance.js';
import { fixed } from './fixed.js';
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
