import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphaDivergence,
  aot,
  aotUnpaired,
  apoDown,
  apoZero,
  bcoPair,
  discoPop,
  exoPair,
  fDivergenceDpo,
  jensenShannon,
  lengthNormalizedDpo,
  ncaPair,
  robustDpo,
  sppoHard,
} from '../contrib/index.js';
import {
  alphaPo,
  chiPo,
  cpo,
  directAlignment,
  dpo,
  hinge,
  humanline,
  hyPo,
  ipo,
  kto,
  ldDpo,
  lengthRegularizedDpo,
  logistic,
  ObjectivesError,
  orpo,
  pairwisePolicyGradient,
  rebel,
  rewardModelLoss,
  rloo,
  rpo,
  sftLoss,
  simpo,
  slic,
  wpo,
} from '../index.js';

const beta = 0.1;

it.each([
  ['dpo', () => dpo({ beta: 0 }), 'dpo: beta must be a finite number above 0, got 0.'],
  [
    'dpo',
    () => dpo({ beta: Number.POSITIVE_INFINITY }),
    'dpo: beta must be a finite number above 0, got Infinity.',
  ],
  ['ipo', () => ipo({ beta: -1 }), 'ipo: beta must be a finite number above 0, got -1.'],
  ['slic', () => slic({ beta: Number.NaN }), 'slic: beta must be a finite number above 0, got NaN.'],
  [
    'a string',
    () => dpo({ beta: '1' as unknown as number }),
    'dpo: beta must be a finite number above 0, got "1".',
  ],
  [
    'directAlignment',
    () => directAlignment({ loss: hinge(), beta: 0 }),
    'hinge: beta must be a finite number above 0, got 0.',
  ],
  [
    'logistic',
    () => logistic({ labelSmoothing: 0.6 }),
    'logistic: labelSmoothing must be a probability from 0 to 0.5, got 0.6.',
  ],
  [
    'logistic',
    () => logistic({ labelSmoothing: -0.1 }),
    'logistic: labelSmoothing must be a probability from 0 to 0.5, got -0.1.',
  ],
  [
    'a string where a smaller number would do',
    () => logistic({ labelSmoothing: '0.1' as unknown as number }),
    'logistic: labelSmoothing must be a probability from 0 to 0.5, got "0.1".',
  ],
  ['rpo', () => rpo({ beta, eta: -1 }), 'rpo: eta must be a finite number ≥ 0, got -1.'],
  [
    'rpo',
    () => rpo({ beta, eta: Number.POSITIVE_INFINITY }),
    'rpo: eta must be a finite number ≥ 0, got Infinity.',
  ],
  ['simpo', () => simpo({ beta: 0, gamma: 1 }), 'simpo: beta must be a finite number above 0, got 0.'],
  ['simpo', () => simpo({ beta, gamma: -1 }), 'simpo: gamma must be a finite number ≥ 0, got -1.'],
  [
    'simpo',
    () => simpo({ beta, gamma: Number.POSITIVE_INFINITY }),
    'simpo: gamma must be a finite number ≥ 0, got Infinity.',
  ],
  ['orpo', () => orpo({ lambda: -1 }), 'orpo: lambda must be a finite number ≥ 0, got -1.'],
  ['orpo', () => orpo({ lambda: Number.NaN }), 'orpo: lambda must be a finite number ≥ 0, got NaN.'],
  [
    'orpo',
    () => orpo({ lambda: Number.POSITIVE_INFINITY }),
    'orpo: lambda must be a finite number ≥ 0, got Infinity.',
  ],
  ['cpo', () => cpo({ beta: 0 }), 'cpo: beta must be a finite number above 0, got 0.'],
  ['cpo', () => cpo({ beta, sftWeight: -1 }), 'cpo: sftWeight must be a finite number ≥ 0, got -1.'],
  [
    'cpo',
    () => cpo({ beta, sftWeight: Number.POSITIVE_INFINITY }),
    'cpo: sftWeight must be a finite number ≥ 0, got Infinity.',
  ],
  [
    'alphaPo',
    () => alphaPo({ beta: 0, alpha: 0, gamma: 0 }),
    'alpha-po: beta must be a finite number above 0, got 0.',
  ],
  [
    'alphaPo',
    () => alphaPo({ beta, alpha: Number.NaN, gamma: 0 }),
    'alphaPo: alpha must be a finite number, got NaN.',
  ],
  [
    'alphaPo',
    () => alphaPo({ beta, alpha: 0, gamma: -1 }),
    'alphaPo: gamma must be a finite number ≥ 0, got -1.',
  ],
  [
    'alphaPo',
    () => alphaPo({ beta, alpha: 0, gamma: Number.POSITIVE_INFINITY }),
    'alphaPo: gamma must be a finite number ≥ 0, got Infinity.',
  ],
  ['hyPo', () => hyPo({ beta: 0 }), 'hy-po: beta must be a finite number above 0, got 0.'],
  ['rebel', () => rebel({ beta: 0 }), 'rebel: beta must be a finite number above 0, got 0.'],
  [
    'wpo',
    () => wpo({ beta, clip: 0 }),
    'wpo: clip must be a number above 0, or Infinity for no bound, got 0.',
  ],
  [
    'lengthRegularizedDpo',
    () => lengthRegularizedDpo({ beta, alpha: -1 }),
    'lengthRegularizedDpo: alpha must be a finite number ≥ 0, got -1.',
  ],
  [
    'lengthRegularizedDpo',
    () => lengthRegularizedDpo({ beta, alpha: Number.POSITIVE_INFINITY }),
    'lengthRegularizedDpo: alpha must be a finite number ≥ 0, got Infinity.',
  ],
  ['chiPo', () => chiPo({ beta, maxReward: 0 }), 'chiPo: maxReward must be a number above 0, got 0.'],
  [
    'pairwisePolicyGradient',
    () => pairwisePolicyGradient({ beta: 0 }),
    'pairwise-policy-gradient: beta must be a finite number above 0, got 0.',
  ],
  ['rloo', () => rloo({ beta: -1 }), 'rloo: beta must be a finite number ≥ 0, got -1.'],
  [
    'rloo',
    () => rloo({ beta: Number.POSITIVE_INFINITY }),
    'rloo: beta must be a finite number ≥ 0, got Infinity.',
  ],
  [
    'rewardModelLoss',
    () => rewardModelLoss({ centering: -1 }),
    'rewardModelLoss: centering must be a finite number ≥ 0, got -1.',
  ],
  [
    'rewardModelLoss',
    () => rewardModelLoss({ centering: Number.POSITIVE_INFINITY }),
    'rewardModelLoss: centering must be a finite number ≥ 0, got Infinity.',
  ],
  [
    'robustDpo',
    () => robustDpo({ beta, labelSmoothing: 0.5 }),
    'robustDpo: labelSmoothing must be a probability from 0 to below 0.5, got 0.5.',
  ],
  [
    'robustDpo',
    () => robustDpo({ beta, labelSmoothing: -0.1 }),
    'robustDpo: labelSmoothing must be a probability from 0 to below 0.5, got -0.1.',
  ],
  [
    'exoPair',
    () => exoPair({ beta, labelSmoothing: 0 }),
    'exoPair: labelSmoothing must be a number above 0 and below 1, for example 0.001, got 0.',
  ],
  [
    'exoPair',
    () => exoPair({ beta, labelSmoothing: 1 }),
    'exoPair: labelSmoothing must be a number above 0 and below 1, for example 0.001, got 1.',
  ],
  ['bcoPair', () => bcoPair({ beta, delta: Number.NaN }), 'bcoPair: delta must be a finite number, got NaN.'],
  [
    'discoPop',
    () => discoPop({ beta, temperature: 0 }),
    'discoPop: temperature must be a finite number above 0, got 0.',
  ],
  [
    'discoPop',
    () => discoPop({ beta, temperature: Number.POSITIVE_INFINITY }),
    'discoPop: temperature must be a finite number above 0, got Infinity.',
  ],
  [
    'alphaDivergence',
    () => alphaDivergence(Number.NaN),
    'alphaDivergence: alpha must be a finite number, got NaN.',
  ],
  [
    'a misspelt option',
    () => dpo({ beta, labelsmoothing: 0.1 } as { beta: number }),
    'logistic: there is no option labelsmoothing, but labelSmoothing.',
  ],
  [
    'a misspelt option of humanline',
    () => humanline(dpo({ beta }), { uper: 1 } as object),
    'humanline: there is no option uper, but lower, upper.',
  ],
  [
    'a misspelt option of sftLoss',
    () => sftLoss({ mean: 'batch' } as object),
    'sftLoss: there is no option mean, but average.',
  ],
  [
    'a misspelt option of rewardModelLoss',
    () => rewardModelLoss({ center: 1 } as object),
    'rewardModelLoss: there is no option center, but centering.',
  ],
  [
    'the name of a loss',
    () => directAlignment({ loss: 'logistic' as never, beta }),
    'directAlignment: loss must be a loss such as logistic(), got "logistic".',
  ],
  [
    'a loss that was not called',
    () => directAlignment({ loss: logistic as never, beta }),
    'directAlignment: loss must be a loss such as logistic(), got a function.',
  ],
  [
    'a loss of fDivergenceDpo that was not called',
    () => fDivergenceDpo({ beta, divergence: jensenShannon(), loss: logistic as never }),
    'fDivergenceDpo: loss must be a loss such as logistic(), got a function.',
  ],
  [
    'a divergence that was not called',
    () => fDivergenceDpo({ beta, divergence: jensenShannon as never }),
    'fDivergenceDpo: divergence must be a divergence such as jensenShannon(), got a function.',
  ],
  [
    'aot',
    () => aot({ beta, labelSmoothing: 1 }),
    'logistic: labelSmoothing must be a probability from 0 to 0.5, got 1.',
  ],
  [
    'aotUnpaired',
    () => aotUnpaired({ beta: 0 }),
    'aot-unpaired: beta must be a finite number above 0, got 0.',
  ],
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

/** Each objective that takes β, with all its other options. */
const takingBeta = {
  alphaPo: (options: Beta) => alphaPo({ ...options, alpha: 0.25, gamma: 0.5 }),
  aot,
  aotUnpaired,
  apoDown,
  apoZero,
  bcoPair,
  chiPo,
  cpo,
  directAlignment: (options: Beta) => directAlignment({ ...options, loss: hinge() }),
  discoPop,
  dpo,
  exoPair,
  fDivergenceDpo: (options: Beta) => fDivergenceDpo({ ...options, divergence: jensenShannon() }),
  hyPo,
  ipo,
  kto,
  ldDpo: (options: Beta) => ldDpo({ ...options, alpha: 0.5 }),
  lengthNormalizedDpo,
  lengthRegularizedDpo: (options: Beta) => lengthRegularizedDpo({ ...options, alpha: 0.01 }),
  ncaPair,
  pairwisePolicyGradient,
  rebel,
  rloo,
  robustDpo: (options: Beta) => robustDpo({ ...options, labelSmoothing: 0.1 }),
  rpo,
  simpo: (options: Beta) => simpo({ ...options, gamma: 0.5 }),
  slic,
  sppoHard,
  wpo,
};

interface Beta {
  readonly beta: number;
}

describe.each(Object.entries(takingBeta))('β of %s', (_, objective) => {
  it('cannot be missing, nor anything but a number', () => {
    const none = fc.oneof(
      fc.constantFrom({}, { beta: undefined }, { tau: 0.1 }),
      fc.record({ beta: fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.constant(Number.NaN)) }),
    );
    fc.assert(
      fc.property(none, (options) => {
        expect(() => objective(options as unknown as Beta)).toThrow(ObjectivesError);
        expect(() => objective(options as unknown as Beta)).toThrow(/: beta must be a finite number/);
      }),
    );
    expect(() => objective({ beta: 0.1 })).not.toThrow();
  });
});
