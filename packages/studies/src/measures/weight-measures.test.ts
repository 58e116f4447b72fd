import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import { plannedBetas } from '../data/planned-betas.js';
import { effectiveShare, effectiveShares } from './weight-measures.js';

const study = examplePolicyStudy('weights', { prompts: 20, evaluations: 2 });

test('equal weights use all pairs, and one that outweighs the others uses one', () => {
  expect(effectiveShare([3, 3, 3, 3])).toBeCloseTo(1, 12);
  expect(effectiveShare([700, 0, 0, 0])).toBeCloseTo(0.25, 12);
});

test('has what every seed has finished', () => {
  const titles = [...effectiveShares(study).keys()];
  expect(titles).toEqual([...new Set(study.runs.map(({ method }) => method.title))]);
  const weights = study.weights!.filter(({ method, seed }) => method !== 'AIS-DPO, α = 0.4' || seed < 3);
  expect([...effectiveShares({ ...study, weights }).keys()]).toEqual(
    titles.filter((title) => title !== 'AIS-DPO, α = 0.4'),
  );
});

test('has nothing while the least β that was planned is missing', () => {
  const planned = plannedBetas(study.runs.flatMap((run) => [run, { ...run, beta: 0.005 }]));
  expect(effectiveShares({ ...study, planned }).size).toBe(0);
});
