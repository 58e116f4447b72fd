import { expect, it } from 'vitest';
import type { PairBatch } from '../batch.js';
import { aot } from '../contrib/aot.js';
import type { Objective } from '../objective.js';
import { dpo } from '../objectives/dpo.js';
import { rloo } from '../objectives/rloo.js';
import { ObjectivesError } from '../objectives-error.js';
import { importanceWeighted } from './importance-weighted.js';

it('refuses objectives whose losses belong to no pair, and says which', () => {
  for (const objective of [aot({ beta: 1 }), rloo({ beta: 1 }) as unknown as Objective<PairBatch>]) {
    const wrap = (): unknown => importanceWeighted(objective);
    expect(wrap).toThrow(ObjectivesError);
    expect(wrap).toThrow(
      `@ais/objectives: importanceWeighted: a loss of ${objective.name} does not belong to one preference pair, so a weight of ` +
        'the pair has no meaning; weight an objective over pairs whose rows are independent.',
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
  const normalized = importanceWeighted(
    { ...dpo({ beta: 1 }), requires: { feedback: 'pairs', reference: false, certainty: true } },
    { selfNormalized: true },
  );
  expect(normalized.requires).toEqual({
    feedback: 'pairs',
    reference: true,
    certainty: true,
    wholeBatch: true,
  });
});
