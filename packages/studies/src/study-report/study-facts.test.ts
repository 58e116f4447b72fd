import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { StudyMethod } from '../data/study-data.js';
import { studyFacts } from './study-facts.js';

test.each<[StudyMethod['importance'], string]>([
  [{ smoothing: 1, meanWeightOnly: true }, 'meanWeightOnly true'],
  [{ smoothing: 1, clip: { lower: -1, upper: 2 } }, 'log w at least -1, log w at most 2'],
  [{ smoothing: 1, mask: { upper: 2 }, vespo: {} }, 'mask {"upper":2}, vespo {}'],
])('lists the options of weights %j with their values', (importance, text) => {
  const study = examplePolicyStudy('fig4', { prompts: 10, evaluations: 2, seeds: [1] });
  const runs = study.runs.map((run) => ({ ...run, method: { title: 'mine', objective: 'dpo', importance } }));
  expect(studyFacts({ ...study, runs })).toContainEqual(['options of mine', text]);
});
