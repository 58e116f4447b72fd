import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { findSweep } from './find-sweep.js';
import { differenceOfBest } from './peak-measures.js';

/** Two methods that win most at one β in every resample, and whose KL there is of single prompts. */
function study(families?: readonly number[]): PolicyStudyData {
  const example = examplePolicyStudy('fig2', { prompts: 40, evaluations: 2, seeds: [1] });
  const runs = example.runs.map((run) => {
    const best = run.beta === 0.1;
    return {
      ...run,
      points: run.points.map((point) => {
        const outcomes = Array.from({ length: 40 }, () => (best && point.step > 0 ? 1 : 0));
        const perPrompt = Array.from({ length: 40 }, (_, prompt) => 4 + (Math.floor(prompt / 4) % 2));
        const kl = { mean: 4.5, standardError: 0.08, perPrompt };
        const isOther = run.method.title === 'DPO';
        return {
          ...point,
          winRate: { ...point.winRate, rate: outcomes[0] ?? 0, n: 40, outcomes },
          kl: isOther ? { ...kl, mean: 9, perPrompt: perPrompt.map(() => 9) } : kl,
        };
      }),
    };
  });
  return { ...example, runs, ...(families && { families }) };
}

test('the √KL at the best win rates has the errors of that KL, wider where prompts belong together', () => {
  const widthOf = (data: PolicyStudyData): number => {
    const [first, second] = ['AIS-DPO', 'DPO'].map((title) => findSweep(data, { title }));
    const { squareRootKl } = differenceOfBest(first!, second!);
    expect(squareRootKl.value).toBeCloseTo(Math.sqrt(4.5) - 3, 12);
    return squareRootKl.high - squareRootKl.low;
  };
  const alone = widthOf(study());
  // 0.5 nats of spread, by the derivative of √4.5, over 40 prompts: two standard errors on each side.
  expect(alone).toBeGreaterThan((4 * 0.5) / (2 * Math.sqrt(4.5)) / Math.sqrt(40) / 1.1);
  expect(alone).toBeLessThan((4.4 * 0.5) / (2 * Math.sqrt(4.5)) / Math.sqrt(40));
  const families = Array.from({ length: 40 }, (_, prompt) => Math.floor(prompt / 4));
  expect(widthOf(study(families))).toBeGreaterThan(1.5 * alone);
});
