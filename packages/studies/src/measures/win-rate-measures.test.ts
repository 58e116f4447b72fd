import { winRateOfOutcomes } from '@ais/gold-eval';
import { describe, expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { PolicyStudyData, StudyRun } from '../data/study-data.js';
import { findSweep } from './find-sweep.js';
import type { MeasuredNumber } from './measured-number.js';
import type { StudySweep } from './study-lines.js';
import {
  differenceOnAverage,
  fallInSecondHalf,
  klForBestRate,
  lossAtLeastBeta,
  lossBeyond,
  lossFromBeta,
  winRateAtEnd,
} from './win-rate-measures.js';

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

test.each<[string, (first: StudySweep, second: StudySweep) => readonly (MeasuredNumber | undefined)[]]>([
  ['over training', (first, second) => [differenceOnAverage(first, second)]],
  ['over β', (first, second) => [differenceOnAverage(first, second, 'beta')]],
  ['of losses', (first, second) => [lossBeyond(first, second, 0.5)]],
  ['of losses over β', (first, second) => [lossAtLeastBeta(first, second, 0.1)]],
  ['of the best', klForBestRate],
])('methods that were asked different numbers of prompts are compared on those of both: %s', (_, measure) => {
  const longer = examplePolicyStudy('fig2', { prompts: 40, evaluations: 3 });
  const isPlain = ({ method }: StudyRun): boolean => method.title === 'DPO';
  // The same runs, each method as far as it was asked.
  const asked = (plain: number, adaptive: number): PolicyStudyData => ({
    ...longer,
    runs: longer.runs.map((run) => onFirst(run, isPlain(run) ? plain : adaptive)),
  });
  const numbers = (data: PolicyStudyData) => {
    const [first, second] = ['AIS-DPO', 'DPO'].map((title) => findSweep(data, { title }));
    return measure(first!, second!);
  };
  const expected = numbers(asked(30, 30));
  expect(expected.every((number) => Number.isFinite(number?.value))).toBe(true);
  expect(numbers(asked(30, 40))).toEqual(expected);
  expect(numbers(asked(40, 30))).toEqual(expected);
});

function onFirst(run: StudyRun, prompts: number): StudyRun {
  const points = run.points.map((point) => {
    const outcomes = point.winRate.outcomes!.slice(0, prompts);
    return { ...point, winRate: { ...winRateOfOutcomes(outcomes), outcomes } };
  });
  return { ...run, points };
}

test('of two evaluations that are as near to half of training the earlier one is taken, whatever the last digits say', () => {
  const study = examplePolicyStudy('fig3', { prompts: 8, evaluations: 5 });
  for (const steps of [132, 133, 203, 206]) {
    const runs = study.runs.map((run) => ({
      ...run,
      points: run.points.map((point, index) => {
        const step = Math.round((index * steps) / (run.points.length - 1));
        return { ...point, step, fraction: step / steps };
      }),
    }));
    const sweep = findSweep({ ...study, runs }, { objective: 'dpo', importance: 'none' }) as StudySweep;
    expect(fallInSecondHalf(sweep).name).toMatch(/at 40\s% of training/);
  }
});

test('the interval of a win rate at the end is one of shares', () => {
  // Seeds that are far apart.
  const runs = study.runs.map((run) => {
    const outcomes = Array.from({ length: 40 }, () => (run.seed === 1 ? 0 : 1));
    const winRate = { ...winRateOfOutcomes(outcomes), outcomes };
    return { ...run, points: run.points.map((point) => ({ ...point, winRate })) };
  });
  const sweep = findSweep({ ...study, runs }, { title: 'DPO' });
  expect(winRateAtEnd(sweep!)).toMatchObject({ low: 0, high: 1 });
});
