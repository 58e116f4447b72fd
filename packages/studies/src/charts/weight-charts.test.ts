import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { StudyMethod } from '../data/study-data.js';
import { studySweeps } from '../measures/study-lines.js';
import { weightCharts } from './weight-charts.js';

const study = examplePolicyStudy('weights', { prompts: 20, evaluations: 2, seeds: [1] });

/** The caption of the histogram if one method had these weights. */
function caption(title: string, importance: StudyMethod['importance']): string | undefined {
  const runs = study.runs.map((run) =>
    run.method.title === title ? { ...run, method: { ...run.method, importance } } : run,
  );
  return weightCharts(study, studySweeps({ ...study, runs }))[0]?.caption;
}

test('says whose weights are not those of training, and whose are left out', () => {
  const usual = weightCharts(study, studySweeps(study))[0]?.caption;
  expect(usual).toMatch(/counted in the outermost bins\.$/);
  expect(caption('AIS-DPO, α = 0.4', { smoothing: 0.4, meanWeightOnly: true })).toBe(
    `${usual} The mean weight of a method that uses one (AIS-DPO, α = 0.4) is over these pairs; in training it is over each batch.`,
  );
  expect(caption('AIS-DPO, α = 0.4', { smoothing: 0.4, mask: { upper: 1 } })).toBe(
    `${usual} Without methods whose weights have bounds on tokens or responses, a mask, or a filter: AIS-DPO, α = 0.4.`,
  );
});

test('says which methods have weights by the name of their objective, of which none is kept', () => {
  const runs = study.runs.map((run) =>
    run.method.title === 'AIS-DPO, α = 0.4'
      ? { ...run, method: { ...run.method, objective: 'ais-dpo', importance: 'none' as const } }
      : run,
  );
  const [usual, named] = [study, { ...study, runs }].map(
    (own) => weightCharts(own, studySweeps(own))[0]?.caption,
  );
  expect(named).toBe(
    `${usual} Without methods that have weights by the name of their objective, of which no pair’s is kept: AIS-DPO, α = 0.4. Give importance instead.`,
  );
});
