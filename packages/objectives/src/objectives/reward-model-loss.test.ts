import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues } from '../../test/pair-batch.js';
import { sixtyFourths } from '../testing/index.js';
import { rewardModelLoss, type ScoreBatch } from './reward-model-loss.js';

const score = { trained: true, ordinary: sixtyFourths(-4, 4), extreme: [-1e4, 1e4] };

conforms(rewardModelLoss, {
  optionsArbitrary: fc.record({ centering: fc.constantFrom(0, 0.01, 1) }, { requiredKeys: [] }),
  golden: goldenOf('reward-model'),
  batch: { chosenScore: score, rejectedScore: score },
});

it('reports the scores as rewards, and needs no reference', () => {
  const objective = rewardModelLoss();
  const evaluation = objective.evaluate({
    chosenScore: tf.tensor1d([2, -1, 1]),
    rejectedScore: tf.tensor1d([1, 3, 1]),
  });
  expect(metricValues(evaluation)).toEqual({
    'rewards/chosen': [2, -1, 1],
    'rewards/rejected': [1, 3, 1],
    'rewards/accuracies': [1, 0, 0],
    'rewards/margins': [1, -4, 0],
  });
  expect(objective.requires).toEqual({ feedback: 'pairs', reference: false });
});

it('names itself where scores are missing', () => {
  const batch = { chosenScore: tf.tensor1d([1]) } as unknown as ScoreBatch;
  expect(() => rewardModelLoss().evaluate(batch)).toThrow(
    /: reward-model: rejectedScore is missing from the batch;/,
  );
});
