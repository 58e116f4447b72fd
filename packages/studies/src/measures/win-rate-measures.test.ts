import { describe, expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { findSweep } from './find-sweep.js';
import type { StudySweep } from './study-lines.js';
import { lossAtLeastBeta, lossFromBeta } from './win-rate-measures.js';

const study = examplePolicyStudy('fig2', { prompts: 40, evaluations: 3 });

function two(...betas: readonly number[]): [StudySweep, StudySweep] {
  const own: PolicyStudyData = { ...study, runs: study.runs.filter(({ beta }) => betas.includes(beta)) };
  const [first, second] = ['AIS-DPO', 'DPO'].map((title) => findSweep(own, { title }));
  return [first!, second!];
}

describe('what is lost between two β', () => {
  test('is read at these two', () => {
    const [adaptive, plain] = two(0.5, 0.1, 0.05, 0.01);
    expect(lossFromBeta(plain, 0.1)?.name).toBe('what DPO loses between β = 0.1 and β = 0.01');
    expect(lossFromBeta(plain, 0.1)).toEqual(lossFromBeta(plain, 0.1, 0.01));
    expect(lossFromBeta(plain, 0.5, 0.05)?.name).toBe('what DPO loses between β = 0.5 and β = 0.05');
    expect(lossFromBeta(plain, 0.5, 0.05)?.value).not.toBe(lossFromBeta(plain, 0.5, 0.01)?.value);
    expect(lossAtLeastBeta(adaptive, plain, 0.1)?.name).toBe(
      'what AIS-DPO loses between β = 0.1 and β = 0.01, less what DPO loses',
    );
  });

  test.each([[[0.1]], [[0.1, 0.05]], [[0.05, 0.01]]])('is not read at others: with β = %j', (betas) => {
    const [adaptive, plain] = two(...betas);
    expect(lossFromBeta(plain, 0.1)).toBeUndefined();
    expect(lossAtLeastBeta(adaptive, plain, 0.1)).toBeUndefined();
    expect(lossAtLeastBeta(adaptive, two(0.1, 0.01)[1], 0.1)).toBeUndefined();
  });
});
