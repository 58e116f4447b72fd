import { expect, it } from 'vitest';
import { metricValues, pairBatch } from '../../test/pair-batch.js';
import type { PairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { aot } from '../contrib/aot.js';
import { ObjectivesError } from '../errors.js';
import { dpo } from '../objectives/dpo.js';
import { rloo } from '../objectives/rloo.js';
import { sftLoss } from '../objectives/sft-loss.js';
import { importanceWeighted } from './importance-weighted.js';

it('refuses objectives whose losses belong to no pair, and says which', () => {
  const ofPairs = (objective: unknown): Objective<PairBatch> => objective as Objective<PairBatch>;
  for (const objective of [aot({ beta: 1 }), ofPairs(rloo({ beta: 1 })), ofPairs(sftLoss())]) {
    const wrap = (): unknown => importanceWeighted(objective);
    expect(wrap).toThrow(ObjectivesError);
    expect(wrap).toThrow(
      `@ais/objectives: importanceWeighted: the losses of ${objective.name} do not belong to single preference pairs, so weights ` +
        'on pairs have no meaning; weight an objective over pairs whose rows are independent.',
    );
    try {
      wrap();
    } catch (error) {
      expect((error as ObjectivesError).code).toBe('coupled-objective');
    }
  }
});

it('takes over what the objective within requires, and its name', () => {
  const weighted = importanceWeighted(dpo({ beta: 1 }));
  expect(weighted).toMatchObject({ specificationVersion: 'v1', name: 'ais-dpo' });
  expect(weighted.requires).toEqual({ feedback: 'pairs', reference: true });
  const certain = {
    ...dpo({ beta: 1 }),
    requires: { feedback: 'pairs', reference: false, certainty: true },
  } as const;
  for (const option of ['selfNormalized', 'meanWeightOnly']) {
    expect(importanceWeighted(certain, { [option]: true }).requires).toEqual({
      feedback: 'pairs',
      reference: true,
      certainty: true,
      wholeBatch: true,
    });
  }
});

it('reports what the objective within reports, and the weights beside it', () => {
  const batch = pairBatch({ policyChosen: [1, -1] });
  const within = metricValues(dpo({ beta: 1 }).evaluate(batch));
  const weighted = metricValues(importanceWeighted(dpo({ beta: 1 })).evaluate(batch));
  expect(weighted).toMatchObject(within);
  expect(Object.keys(weighted).sort()).toEqual(
    [
      ...Object.keys(within),
      'weights/alpha',
      'weights/clipped',
      'weights/effective_sample_size',
      'weights/max',
      'weights/mean',
      'weights/overflow',
    ].sort(),
  );
});
