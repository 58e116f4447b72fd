import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { beta } from '../../test/options.js';
import { exponential } from '../losses/exponential.js';
import { hinge } from '../losses/hinge.js';
import { logistic } from '../losses/logistic.js';
import { savage } from '../losses/savage.js';
import { squared } from '../losses/squared.js';
import { directAlignment } from './direct-alignment.js';
import { ipo } from './ipo.js';

conforms(directAlignment, {
  optionsArbitrary: fc.record({
    loss: fc.constantFrom(logistic(), squared(), hinge(), exponential(), savage()),
    beta,
  }),
  skip: { golden: 'each f has its own' },
  limits: [
    {
      name: 'with the squared loss it is the form of IPO that the paper prints',
      at: ({ beta }) => ({ loss: squared(), beta }),
      equals: ({ beta }) => ipo({ beta, form: 'paper' }),
    },
  ],
});

it('is called after its loss, and after both where weighted', () => {
  expect(directAlignment({ loss: savage(), beta: 1 }).name).toBe('savage');
  expect(directAlignment({ loss: savage(), beta: 1, importance: {} }).name).toBe('ais-savage');
});
