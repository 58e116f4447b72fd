import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import type { SampleBatch } from '../contract/batch.js';
import { detach } from '../numerics/detach.js';
import { gspo } from './gspo.js';
import { luspo } from './luspo.js';

const options = fc.record(
  {
    beta: fc.constantFrom(0, 0.1),
    scale: fc.boolean(),
    lower: fc.constantFrom(3e-4, 0.2),
    upper: fc.constantFrom(4e-4, 0.25),
  },
  { requiredKeys: [] },
);

conforms(luspo, {
  optionsArbitrary: options,
  golden: goldenOf('luspo'),
  limits: [
    {
      name: 'it is GSPO times the length',
      at: (given) => given,
      equals: (given) => {
        const short = gspo(given);
        return {
          ...short,
          evaluate: (batch: SampleBatch) =>
            tf.tidy(() => ({
              losses: tf.mul<tf.Tensor1D>(short.evaluate(batch).losses, detach(batch.length)),
              metrics: {},
            })),
        };
      },
    },
  ],
});

it('is called by its own name', () => {
  expect(luspo().name).toBe('luspo');
  expect(() => luspo({ upper: -1 })).toThrow(/luspo: upper must be/);
});
