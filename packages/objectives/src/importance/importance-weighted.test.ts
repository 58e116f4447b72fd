import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta, bounded, importance, importanceWithTokens } from '../../test/options.js';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import type { PairBatch, TokenPairBatch } from '../contract/batch.js';
import { exponential } from '../losses/exponential.js';
import { directAlignment } from '../objectives/direct-alignment.js';
import { dpo } from '../objectives/dpo.js';
import { ipo } from '../objectives/ipo.js';
import { rpo } from '../objectives/rpo.js';
import { slic } from '../objectives/slic.js';
import { wpo } from '../objectives/wpo.js';
import { pairObjective } from '../pairs/pair-objective.js';
import type { ImportanceOptions } from './adaptive-importance.js';
import { fixed } from './fixed.js';
import { importanceWeighted } from './importance-weighted.js';
import { importanceWeights } from './importance-weights.js';
import { inverseSqrtLength } from './inverse-sqrt-length.js';
import { weightBounds } from './weight-bounds.js';

interface Options {
  beta: number;
  importance: ImportanceOptions;
}

const smoothings: Record<string, ImportanceOptions['smoothing']> = {
  inverseSqrtLength: inverseSqrtLength(),
  'fixed(0.05)': fixed(0.05),
  'fixed(0)': fixed(0),
  'fixed(1)': fixed(1),
};

/** The options of a golden value, whose smoothing is a name; α = 1/|y| by default. */
function fromFixture(given: Record<string, unknown>): Options {
  const { smoothing, ...rest } = (given['importance'] ?? {}) as { smoothing?: string };
  const chosen = smoothings[smoothing ?? ''];
  return {
    beta: given['beta'] as number,
    importance: bounded({ ...rest, ...(chosen ? { smoothing: chosen } : {}) }),
  };
}

/** Weights held at one batch, losses at another: what the gradient of a weighted loss is the derivative of. */
const surrogateOf =
  (unweighted: (options: { beta: number }) => ReturnType<typeof dpo>) =>
  ({ beta, importance }: Options, at: PairBatch) =>
  (batch: PairBatch): tf.Tensor1D =>
    tf.tidy(() =>
      tf.mul(
        importanceWeights(importance.differentiable ? batch : at, importance),
        unweighted({ beta }).evaluate(batch).losses,
      ),
    );

/** What does not apply to weighted objectives in general. */
const skip = {
  signs:
    'a weight that is differentiated through has a gradient of its own, of the other sign for a positive loss',
  golden: 'the weighted values of DPO have them, and the other losses are the same unweighted',
};

const unweighted = {
  dpo: ({ beta }: { beta: number }) => dpo({ beta }),
  ipo: ({ beta }: { beta: number }) => ipo({ beta }),
  slic: ({ beta }: { beta: number }) => slic({ beta }),
  rpo: ({ beta }: { beta: number }) => rpo({ beta }),
  exponential: ({ beta }: { beta: number }) => directAlignment({ loss: exponential(), beta }),
};

for (const [name, objective] of Object.entries(unweighted)) {
  describe(`importance-weighted ${name}`, () => {
    conforms(({ beta, importance }: Options) => importanceWeighted(objective({ beta }), importance), {
      optionsArbitrary: fc.record({ beta, importance }),
      surrogate: surrogateOf(objective),
      skip,
      limits: [
        {
          name: 'α = 0 is the unweighted loss',
          at: ({ beta }) => ({ beta, importance: { smoothing: fixed(0) } }),
          equals: objective,
        },
      ],
    });
  });
}

const presets = {
  dpo: (options: Options) => dpo(options),
  ipo: (options: Options) => ipo(options),
  slic: (options: Options) => slic(options),
};

for (const [name, preset] of Object.entries(presets)) {
  describe(`the option importance of ${name}`, () => {
    conforms(preset, {
      optionsArbitrary: fc.record({ beta, importance }),
      surrogate: surrogateOf(unweighted[name as 'dpo']),
      skip,
      limits: [
        {
          name: 'it is the wrapper',
          at: (options) => options,
          equals: ({ beta, importance }) =>
            importanceWeighted(unweighted[name as 'dpo']({ beta }), importance),
        },
      ],
      numRuns: 5,
    });
  });
}

describe('importance-weighted wpo', () => {
  conforms(({ beta, importance }: Options) => wpo({ beta, importance }), {
    optionsArbitrary: fc.record({ beta, importance }),
    surrogate: surrogateOf(wpo),
    skip,
    numRuns: 5,
  });
});

describe('dpo with bounds on tokens', () => {
  conforms(({ beta, importance }: Options) => importanceWeighted<TokenPairBatch>(dpo({ beta }), importance), {
    optionsArbitrary: fc.record({ beta, importance: importanceWithTokens }),
    surrogate: surrogateOf(unweighted.dpo),
    skip: { signs: skip.signs },
    golden: goldenOf<Options, TokenPairBatch>('ais-dpo-bounded', fromFixture),
    limits: [
      {
        name: 'bounds that nothing reaches are none',
        at: (options) => ({
          ...options,
          importance: { bounds: weightBounds({ clipTokens: { upper: 1e7 } }) },
        }),
        equals: ({ beta }) =>
          importanceWeighted<TokenPairBatch>(dpo({ beta }), {
            bounds: weightBounds({ clipTokens: { lower: -1e7 } }),
          }),
      },
    ],
  });
});

it('holds the weight constant where it stops beside a large loss, differentiable or not', () => {
  const batch = pairBatch({ policyChosen: [-100], behaviorChosen: [-200] });
  const objective = directAlignment({
    loss: exponential(),
    beta: 1,
    importance: { smoothing: fixed(1), differentiable: true },
  });
  const { losses } = objective.evaluate(batch);
  const gradient = tf.grad((policyChosen: tf.Tensor) =>
    tf.sum(objective.evaluate({ ...batch, policyChosen: policyChosen as tf.Tensor1D }).losses),
  )(batch.policyChosen);
  // ℓ = e^30·(1 + 70) and w·ℓ = e^70, so that w·ℓ′ = −e^70/71.
  expect(numbers(losses)[0]! / Math.exp(70)).toBeCloseTo(1, 4);
  expect(numbers(gradient)[0]! / Math.exp(70)).toBeCloseTo(-1 / 71, 5);
});

it('holds the one mean weight of a batch down for its largest loss', () => {
  const batch = pairBatch({ policyChosen: [-100, 0], behaviorChosen: [-200, 0] });
  const objective = directAlignment({
    loss: exponential(),
    beta: 1,
    importance: { smoothing: fixed(1), meanWeightOnly: true },
  });
  const { losses, metrics } = objective.evaluate(batch);
  // ℓ = e^30·71 and 1; log w̄ stops at 70 − log(e^30·71).
  expect(numbers(losses)[0]! / Math.exp(70)).toBeCloseTo(1, 4);
  expect((numbers(losses)[1]! * 71) / Math.exp(40)).toBeCloseTo(1, 4);
  expect(numbers(metrics['weights/overflow'] as tf.Tensor)).toEqual([1, 1]);
});

it('stops the weight beside a loss far below 0 too', () => {
  const far = pairObjective({
    name: 'far-below',
    beta: 1,
    losses: ({ chosen }) => tf.mul(chosen, Math.exp(35)),
  });
  const batch = pairBatch({ policyChosen: [-1000], behaviorChosen: [-2000] });
  const { losses } = importanceWeighted(far, { smoothing: fixed(1) }).evaluate(batch);
  expect(numbers(losses)[0]! / Math.exp(70)).toBeCloseTo(-1, 4);
});

describe('golden values of importance-weighted dpo', () => {
  conforms(({ beta, importance }: Options) => dpo({ beta, importance }), {
    optionsArbitrary: fc.record({ beta, importance }),
    surrogate: surrogateOf(unweighted.dpo),
    skip: { signs: skip.signs },
    golden: goldenOf('ais-dpo', fromFixture),
    numRuns: 2,
  });
});
