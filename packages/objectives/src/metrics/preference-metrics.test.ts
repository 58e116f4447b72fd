import { expect, it } from 'vitest';
import { metricValues, pairBatch } from '../../test/pair-batch.js';
import { dpo } from '../objectives/dpo.js';
import { ipo } from '../objectives/ipo.js';

const batch = () =>
  pairBatch({
    policyChosen: [-3, -5, -4],
    policyRejected: [-4, -2, -4],
    referenceChosen: [-5, -5, -4],
    referenceRejected: [-4, -4, -4],
  });

it.each([dpo({ beta: 0.5 }), ipo({ beta: 0.5 })])('$name reports what users of TRL know', (objective) => {
  expect(metricValues(objective.evaluate(batch()))).toEqual({
    'rewards/chosen': [1, 0, 0],
    'rewards/rejected': [0, 1, 0],
    'rewards/accuracies': [1, 0, 0],
    'rewards/margins': [1, -1, 0],
    'logps/chosen': [-3, -5, -4],
    'logps/rejected': [-4, -2, -4],
  });
});
