import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import { findSweep } from './find-sweep.js';
import { halfWayOf } from './training-measures.js';

test.each([
  ['done half of its fall', [0.8, 0.75, 0.65, 0.55, 0.6], 0.5],
  ['fallen at last', [0.8, 0.8, 0.8, 0.8, 0.7], 1],
  ['not fallen at all, so that it is not said to have done so at once', [0.8, 0.7, 0.75, 0.8, 0.81], 1],
  ['stayed as it was', [0.8, 0.8, 0.8, 0.8, 0.8], 1],
])('a loss that has %s', (_, losses, expected) => {
  const study = examplePolicyStudy('fig2', { prompts: 40, evaluations: 3 });
  const training = losses.map((loss, index) => ({ fraction: index / 4, loss, accuracy: 0.5 }));
  const runs = study.runs.map((run) => ({ ...run, training }));
  const sweep = findSweep({ ...study, runs }, { title: 'DPO' });
  expect(halfWayOf(sweep!)?.value).toBe(expected);
});
