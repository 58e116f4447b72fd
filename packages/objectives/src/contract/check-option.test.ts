import { expect, it } from 'vitest';
import {
  alphaDivergence,
  aot,
  aotUnpaired,
  bcoPair,
  discoPop,
  exoPair,
  robustDpo,
} from '../contrib/index.js';
import {
  chiPo,
  directAlignment,
  dpo,
  hinge,
  ipo,
  lengthRegularizedDpo,
  logistic,
  ObjectivesError,
  pairwisePolicyGradient,
  rewardModelLoss,
  rloo,
  rpo,
  slic,
  wpo,
} from '../index.js';

const beta = 0.1;

it.each([
  ['dpo', () => dpo({ beta: 0 }), 'dpo: beta is 0; pass a finite number above 0.'],
  [
    'dpo',
    () => dpo({ beta: Number.POSITIVE_INFINITY }),
    'dpo: beta is Infinity; pass a finite number above 0.',
  ],
  ['ipo', () => ipo({ beta: -1 }), 'ipo: beta is -1; pass a finite number above 0.'],
  ['slic', () => slic({ beta: Number.NaN }), 'slic: beta is NaN; pass a finite number above 0.'],
  [
    'a string',
    () => dpo({ beta: '1' as unknown as number }),
    'dpo: beta is 1; pass a finite number above 0.',
  ],
  [
    'directAlignment',
    () => directAlignment({ loss: hinge(), beta: 0 }),
    'hinge: beta is 0; pass a finite number above 0.',
  ],
  [
    'logistic',
    () => logistic({ labelSmoothing: 0.6 }),
    'logistic: labelSmoothing is 0.6; pass the probability that a label is wrong, from 0 to 0.5.',
  ],
  [
    'logistic',
    () => logistic({ labelSmoothing: -0.1 }),
    'logistic: labelSmoothing is -0.1; pass the probability that a label is wrong, from 0 to 0.5.',
  ],
  [
    'a string where a smaller number would do',
    () => logistic({ labelSmoothing: '0.1' as unknown as number }),
    'logistic: labelSmoothing is 0.1; pass the probability that a label is wrong, from 0 to 0.5.',
  ],
  ['rpo', () => rpo({ beta, eta: -1 }), 'rpo: eta is -1; pass a finite number of at least 0.'],
  [
    'rpo',
    () => rpo({ beta, eta: Number.POSITIVE_INFINITY }),
    'rpo: eta is Infinity; pass a finite number of at least 0.',
  ],
  ['wpo', () => wpo({ beta, clip: 0 }), 'wpo: clip is 0; pass a number above 0, or Infinity for no bound.'],
  [
    'lengthRegularizedDpo',
    () => lengthRegularizedDpo({ beta, alpha: -1 }),
    'lengthRegularizedDpo: alpha is -1; pass a finite number of at least 0.',
  ],
  [
    'lengthRegularizedDpo',
    () => lengthRegularizedDpo({ beta, alpha: Number.POSITIVE_INFINITY }),
    'lengthRegularizedDpo: alpha is Infinity; pass a finite number of at least 0.',
  ],
  ['chiPo', () => chiPo({ beta, maxReward: 0 }), 'chiPo: maxReward is 0; pass a number above 0.'],
  [
    'pairwisePolicyGradient',
    () => pairwisePolicyGradient({ beta: 0 }),
    'pairwise-policy-gradient: beta is 0; pass a finite number above 0.',
  ],
  ['rloo', () => rloo({ beta: -1 }), 'rloo: beta is -1; pass a finite number of at least 0.'],
  [
    'rloo',
    () => rloo({ beta: Number.POSITIVE_INFINITY }),
    'rloo: beta is Infinity; pass a finite number of at least 0.',
  ],
  [
    'rewardModelLoss',
    () => rewardModelLoss({ centering: -1 }),
    'rewardModelLoss: centering is -1; pass a finite number of at least 0.',
  ],
  [
    'rewardModelLoss',
    () => rewardModelLoss({ centering: Number.POSITIVE_INFINITY }),
    'rewardModelLoss: centering is Infinity; pass a finite number of at least 0.',
  ],
  [
    'robustDpo',
    () => robustDpo({ beta, labelSmoothing: 0.5 }),
    'robustDpo: labelSmoothing is 0.5; pass the probability that a label is wrong, from 0 to below 0.5.',
  ],
  [
    'robustDpo',
    () => robustDpo({ beta, labelSmoothing: -0.1 }),
    'robustDpo: labelSmoothing is -0.1; pass the probability that a label is wrong, from 0 to below 0.5.',
  ],
  [
    'exoPair',
    () => exoPair({ beta, labelSmoothing: 0 }),
    'exoPair: labelSmoothing is 0; pass a number above 0 and below 1, for instance 0.001.',
  ],
  [
    'exoPair',
    () => exoPair({ beta, labelSmoothing: 1 }),
    'exoPair: labelSmoothing is 1; pass a number above 0 and below 1, for instance 0.001.',
  ],
  ['bcoPair', () => bcoPair({ beta, delta: Number.NaN }), 'bcoPair: delta is NaN; pass a finite number.'],
  [
    'discoPop',
    () => discoPop({ beta, temperature: 0 }),
    'discoPop: temperature is 0; pass a finite number above 0.',
  ],
  [
    'discoPop',
    () => discoPop({ beta, temperature: Number.POSITIVE_INFINITY }),
    'discoPop: temperature is Infinity; pass a finite number above 0.',
  ],
  [
    'alphaDivergence',
    () => alphaDivergence(Number.NaN),
    'alphaDivergence: alpha is NaN; pass a finite number.',
  ],
  [
    'aot',
    () => aot({ beta, labelSmoothing: 1 }),
    'logistic: labelSmoothing is 1; pass the probability that a label is wrong, from 0 to 0.5.',
  ],
  ['aotUnpaired', () => aotUnpaired({ beta: 0 }), 'aot-unpaired: beta is 0; pass a finite number above 0.'],
] as const)('%s names the option, its value and the remedy', (_, make, message) => {
  let caught: unknown;
  try {
    make();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ObjectivesError);
  expect(caught).toMatchObject({ code: 'invalid-option', message: `@ais/objectives: ${message}` });
});

it('accepts the ends of closed ranges', () => {
  logistic({ labelSmoothing: 0.5 });
  robustDpo({ beta, labelSmoothing: 0 });
  lengthRegularizedDpo({ beta, alpha: 0 });
  rloo({ beta: 0 });
  rewardModelLoss({ centering: 0 });
  wpo({ beta, clip: Number.POSITIVE_INFINITY });
  expect(rpo({ beta, eta: 0 }).name).toBe('rpo');
});
