import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues } from '../../test/pair-batch.js';
import { samples } from '../testing/index.js';
import { type ResponseBatch, sftLoss } from './sft-loss.js';

conforms(sftLoss, {
  optionsArbitrary: fc.record({ average: fc.constantFrom('response', 'batch') }, { requiredKeys: [] }),
  golden: goldenOf('sft'),
  batch: { policy: samples.policy, length: samples.length },
});

it('reports the log-probability, and couples rows only where it averages over the batch', () => {
  const batch = { policy: tf.tensor1d([-8, -6]), length: tf.tensor1d([4, 2]) };
  expect(metricValues(sftLoss().evaluate(batch))).toEqual({ 'logps/response': [-8, -6] });
  expect(sftLoss().requires).toEqual({ feedback: 'samples', reference: false });
  expect(sftLoss({ average: 'batch' }).requires).toEqual({
    feedback: 'samples',
    reference: false,
    wholeBatch: true,
  });
});

it('names itself where lengths are missing', () => {
  const batch = { policy: tf.tensor1d([1]) } as unknown as ResponseBatch;
  expect(() => sftLoss().evaluate(batch)).toThrow(/: sft: length is missing from the batch;/);
});
