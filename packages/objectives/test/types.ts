// What must compile and what must not; `pnpm typecheck` is the test. Nothing here runs.
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { aot, exoPair, fDivergenceDpo, reverseKl, robustDpo } from '../src/contrib/index.js';
import {
  adaptiveImportance,
  directAlignment,
  dpo,
  type FLoss,
  fixed,
  importanceWeighted,
  importanceWeights,
  ipo,
  lengthRegularizedDpo,
  logistic,
  type Objective,
  orpo,
  type PairBatch,
  pairObjective,
  pairwisePolicyGradient,
  type ReferenceFreePairBatch,
  type RewardedPairBatch,
  rebel,
  rewardModelLoss,
  rloo,
  type SampleBatch,
  type ScoreBatch,
  simpo,
  slic,
  weightedSum,
} from '../src/index.js';
import { testObjective } from '../src/testing/index.js';

declare const pairs: PairBatch;
declare const samples: SampleBatch;
declare const column: Tensor1D;

export const objectives: Objective[] = [
  dpo({ beta: 0.1 }),
  ipo({ beta: 0.1, form: 'paper', importance: adaptiveImportance({ clip: { upper: 0.5 } }) }),
  slic({ beta: 0.1, importance: { smoothing: (length) => length } }),
  directAlignment({ loss: logistic(), beta: 1 }),
  importanceWeighted(dpo({ beta: 0.1 }), { pool: 'pair' }),
  fDivergenceDpo({ beta: 0.1, divergence: reverseKl() }),
  simpo({ beta: 2, gamma: 0.5 }),
  weightedSum([
    { objective: dpo({ beta: 0.1 }), weight: 0.8 },
    { objective: orpo({ lambda: 0.1 }), weight: 0.2 },
  ]),
];
export const online: Objective<SampleBatch> = rloo({ beta: 0.1 });
export const scores: Objective<ScoreBatch> = rewardModelLoss();
export const rewarded: Objective<RewardedPairBatch> = importanceWeighted(
  pairwisePolicyGradient({ beta: 0.1 }),
);
export const weights: Tensor1D = importanceWeights(pairs, { smoothing: fixed(0.1) });
export const losses: Tensor1D = dpo({ beta: 0.1 }).evaluate(pairs).losses;
export const plain: Objective = {
  specificationVersion: 'v1',
  name: 'plain',
  requires: { feedback: 'pairs', reference: false },
  evaluate: (batch) => ({ losses: batch.policyChosen, metrics: {} }),
};

/** A loss that reads no reference: neither its batches nor its formula has one for certain. */
export const free: Objective<ReferenceFreePairBatch> = pairObjective({
  name: 'free',
  beta: 0.1,
  requires: { reference: false },
  losses: ({ chosen, rejected }, batch) => {
    // @ts-expect-error the reference may be absent
    const absent: Tensor1D = batch.referenceChosen;
    return batch.chosenLength === absent ? chosen : rejected;
  },
});
declare const withoutReference: Omit<PairBatch, 'referenceChosen' | 'referenceRejected'>;
free.evaluate(withoutReference);
free.evaluate(pairs);
// Trainers take it as any other objective, and any objective as one that may be given no reference.
export const trained: Objective = free;
export const given: Objective<ReferenceFreePairBatch> = trained;
export const weightedFree: Objective = importanceWeighted(free);
// @ts-expect-error weights need the reference
importanceWeighted(free).evaluate(withoutReference);
simpo({ beta: 2, gamma: 0.5 }).evaluate(withoutReference);
// @ts-expect-error DPO needs the reference
dpo({ beta: 0.1 }).evaluate(withoutReference);

// @ts-expect-error β is required
dpo({});
// @ts-expect-error β is a number
dpo({ beta: '0.1' });
// @ts-expect-error an option that does not exist
dpo({ beta: 0.1, label_smoothing: 0.1 });
// @ts-expect-error a form that does not exist
ipo({ beta: 0.1, form: 'azar' });
// @ts-expect-error a smoothing is a function, not a number
adaptiveImportance({ smoothing: 0.5 });
// @ts-expect-error lengths are pooled by 'response' or 'pair'
adaptiveImportance({ pool: 'batch' });
// @ts-expect-error a clip has a lower and an upper bound
adaptiveImportance({ clip: 0.5 });
// @ts-expect-error R-DPO's α has no default
lengthRegularizedDpo({ beta: 0.1 });
// @ts-expect-error robust DPO needs ε
robustDpo({ beta: 0.1 });
// @ts-expect-error γ has no default
simpo({ beta: 2 });
// @ts-expect-error ORPO has a λ, not a β
orpo({ beta: 0.1 });
// @ts-expect-error REBEL needs rewards
rebel({ beta: 0.1 }).evaluate(pairs);
// @ts-expect-error a term has a weight
weightedSum([{ objective: dpo({ beta: 0.1 }) }]);
// @ts-expect-error pairs and samples do not add up
weightedSum<PairBatch>([{ objective: rloo({ beta: 0.1 }), weight: 1 }]);
// @ts-expect-error weights of pairs have no meaning for optimal transport
aot({ beta: 0.1, importance: adaptiveImportance() });
// @ts-expect-error a loss is a value, not a name
directAlignment({ loss: 'logistic', beta: 0.1 });
// @ts-expect-error a divergence is a value, not its factory
fDivergenceDpo({ beta: 0.1, divergence: reverseKl });
// @ts-expect-error samples are not pairs
dpo({ beta: 0.1 }).evaluate(samples);
// @ts-expect-error pairs are not samples
rloo({ beta: 0.1 }).evaluate(pairs);
// @ts-expect-error samples cannot be weighted as pairs
importanceWeighted(rloo({ beta: 0.1 }));
// @ts-expect-error lengths are part of every batch
dpo({ beta: 0.1 }).evaluate({
  policyChosen: column,
  policyRejected: column,
  referenceChosen: column,
  referenceRejected: column,
});
// @ts-expect-error plain numbers are not tensors
dpo({ beta: 0.1 }).evaluate({ ...pairs, policyChosen: [1, 2] });
// @ts-expect-error a batch is read only
pairs.policyChosen = column;
// @ts-expect-error an objective of samples is not one of pairs
export const confused: Objective = rloo({ beta: 0.1 });
// @ts-expect-error losses are tensors
export const numbers: Objective = { ...plain, evaluate: () => ({ losses: [0], metrics: {} }) };
// @ts-expect-error another version of the contract
export const future: Objective = { ...plain, specificationVersion: 'v3' };
// @ts-expect-error a loss says whether it is convex
export const loss: FLoss = { name: 'linear', value: (z) => z };
// @ts-expect-error a formula needs its losses
pairObjective({ name: 'nothing', beta: 0.1 });
// @ts-expect-error ε of EXO is a number
exoPair({ beta: 0.1, labelSmoothing: null });
// @ts-expect-error options are drawn from an arbitrary
testObjective(dpo, {});
declare const options: import('fast-check').Arbitrary<{ beta: number }>;
// @ts-expect-error a law that does not exist cannot be skipped
testObjective(dpo, { optionsArbitrary: options, skip: { speed: 'it is slow' } });
// A limit may be at a value that is never drawn: options are those of the factory.
testObjective(ipo, {
  optionsArbitrary: fc.record({ beta: fc.constantFrom(0.1, 0.5), form: fc.constant('paper' as const) }),
  limits: [
    {
      name: 'moved',
      at: ({ beta }) => ({ beta, form: 'standard' as const, importance: adaptiveImportance() }),
      equals: ({ beta }) => ipo({ beta }),
    },
  ],
});
testObjective(ipo, {
  optionsArbitrary: fc.record({ beta: fc.constant(0.1) }),
  golden: [
    {
      source: 'nowhere',
      options: { beta: 1, form: 'standard' },
      batch: {},
      losses: [],
      gradients: { policyChosen: [0] },
    },
  ],
  surrogate: (given) => (batch) => ipo({ ...given, form: 'paper' }).evaluate(batch).losses,
});
// @ts-expect-error what is drawn must be what the factory takes
testObjective(ipo, { optionsArbitrary: fc.record({ beta: fc.constant('0.1') }) });
testObjective(dpo, {
  optionsArbitrary: options,
  // @ts-expect-error a gradient of a field that no batch has
  golden: [{ source: 'x', options: { beta: 1 }, batch: {}, losses: [], gradients: { policyChosn: [0] } }],
});
// @ts-expect-error a formula of pairs is about pairs
pairObjective({ name: 'x', requires: { feedback: 'samples' }, losses: ({ chosen }) => chosen });
