import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { PolicyStudyData, StudyRun } from '../data/study-data.js';
import { besideMeasure, measureNames, measureOf } from './named-measures.js';

const study = examplePolicyStudy('fig2', { prompts: 40, evaluations: 3 });
const query = { of: 'AIS-DPO', than: 'DPO' };

const only = (keep: (run: StudyRun) => boolean): PolicyStudyData => ({
  ...study,
  runs: study.runs.filter(keep),
});

test('every measure has a number, and none without the least β of the method that it is about', () => {
  const partial = only(({ method, beta, seed }) => method.title !== 'AIS-DPO' || beta > 0.01 || seed < 3);
  for (const name of measureNames) {
    expect(measureOf(name, study, query), name).toBeDefined();
    expect(measureOf(name, partial, query), name).toBeUndefined();
  }
  expect(besideMeasure(study, query)).not.toEqual([]);
  expect(besideMeasure(partial, query)).toEqual([]);
});

test('there is no fall over β where one was planned', () => {
  const one = only(({ beta }) => beta === 0.1);
  expect(measureOf('fall-over-beta', one, { of: 'DPO' })).toBeUndefined();
  expect(measureOf('fall', one, { of: 'DPO' })).toBeDefined();
});
