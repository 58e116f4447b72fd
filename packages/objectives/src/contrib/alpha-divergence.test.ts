import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { numbers } from '../../test/pair-batch.js';
import { dpo } from '../objectives/dpo.js';
import { alphaDivergence } from './alpha-divergence.js';
import { fDivergenceDpo } from './f-divergence-dpo.js';
import { forwardKl } from './forward-kl.js';

const withAlpha = ({ beta, alpha }: { beta: number; alpha: number }) =>
  fDivergenceDpo({ beta, divergence: alphaDivergence(alpha) });

conforms(withAlpha, {
  optionsArbitrary: fc.record({ beta, alpha: fc.constantFrom(0, 0.5, 0.999, 1, 1.5) }),
  limits: [
    {
      name: 'α = 1 is DPO',
      at: (options) => ({ ...options, alpha: 1 }),
      equals: ({ beta }) => dpo({ beta }),
    },
    {
      name: 'α near 1 is nearly DPO, without cancellation',
      at: (options) => ({ ...options, alpha: 1 - 2 ** -20 }),
      equals: ({ beta }) => dpo({ beta }),
      tolerance: 1e-4,
    },
    {
      name: 'α = 0 is forward KL',
      at: (options) => ({ ...options, alpha: 0 }),
      equals: ({ beta }) => fDivergenceDpo({ beta, divergence: forwardKl() }),
    },
  ],
  golden: goldenOf('alpha-divergence-dpo', (given) => given as { beta: number; alpha: number }),
});

it.each([
  [2, 1],
  [0, -1],
])('at α = %d it goes on along its tangent beyond an exponent of 30', (alpha, sign) => {
  const { score } = alphaDivergence(alpha);
  const beyond = [29, 30, 31, 40].map(
    (exponent) => Math.exp(Math.min(exponent, 30)) * Math.max(1, exponent - 29),
  );
  const ratios = tf.tensor1d([29, 30, 31, 40].map((exponent) => sign * exponent));
  for (const [index, value] of numbers(score(ratios)).entries()) {
    expect(value / (sign * (beyond[index] as number))).toBeCloseTo(1, 5);
  }
});

it('needs no kernel that is e^x − 1 as written on some back ends', async () => {
  const { kernelNames } = await tf.profile(() => alphaDivergence(0.999).score(tf.tensor1d([0.5])));
  expect(kernelNames).toContain('Exp');
  expect(kernelNames).not.toContain('Expm1');
});
