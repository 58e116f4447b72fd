import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import { plannedBetas } from '../data/planned-betas.js';
import { fixedAlphas } from './find-sweep.js';

test('fixed α are compared at the least β that was planned alone', () => {
  const study = examplePolicyStudy('fig8', { prompts: 20, evaluations: 2 });
  expect(fixedAlphas(study).map(({ alpha }) => alpha)).toEqual([0, 0.05, 0.1, 0.2, 0.4]);
  const planned = plannedBetas(
    study.runs.flatMap((run) => (run.method.title === 'DPO' ? [run, { ...run, beta: 0.005 }] : [run])),
  );
  expect(fixedAlphas({ ...study, planned }).map(({ alpha }) => alpha)).toEqual([0.05, 0.1, 0.2, 0.4]);
});
