import { describe, expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import { plannedBetas } from '../data/planned-betas.js';
import type { PolicyStudyData, StudyRun } from '../data/study-data.js';
import { squareRootKlLess } from './alpha-measures.js';
import { atCommonBetas } from './common-betas.js';
import { findSweep } from './find-sweep.js';
import { differenceOfBest } from './peak-measures.js';
import type { StudySweep } from './study-lines.js';
import { halfWayEarlier } from './training-measures.js';
import {
  comparison,
  differenceAtEnd,
  differenceAtEqualKl,
  differenceOnAverage,
  klForBestRate,
  klShare,
  lossBeyond,
} from './win-rate-measures.js';

const study = examplePolicyStudy('fig2', { prompts: 40, evaluations: 3 });

function two(data: PolicyStudyData): [StudySweep, StudySweep] {
  const [first, second] = ['AIS-DPO', 'DPO'].map((title) => findSweep(data, { title }));
  return [first!, second!];
}

/** The study without some runs of some seed. */
function without(isMissing: (run: StudyRun) => boolean, data: PolicyStudyData = study): PolicyStudyData {
  return { ...data, runs: data.runs.filter((run) => !(isMissing(run) && run.seed === 3)) };
}

const noLeast = without(({ method, beta }) => method.title === 'AIS-DPO' && beta === 0.01);
const noMiddle = without(({ method, beta }) => method.title === 'DPO' && beta === 0.1);

describe('atCommonBetas', () => {
  const betasOf = (data: PolicyStudyData) =>
    atCommonBetas(...two(data))?.map(({ lines }) => lines.map(({ beta }) => beta));

  test('has what both have finished', () => {
    expect(betasOf(study)).toEqual([
      [0.5, 0.1, 0.05, 0.01],
      [0.5, 0.1, 0.05, 0.01],
    ]);
    expect(betasOf(noMiddle)).toEqual([
      [0.5, 0.05, 0.01],
      [0.5, 0.05, 0.01],
    ]);
  });

  test('has nothing without the least β that was planned, also if no seed has begun it', () => {
    expect(betasOf(noLeast)).toBeUndefined();
    const begun = { ...study, runs: study.runs.filter(({ beta }) => beta > 0.01) };
    expect(betasOf(begun)).toEqual([
      [0.5, 0.1, 0.05],
      [0.5, 0.1, 0.05],
    ]);
    expect(betasOf({ ...begun, planned: plannedBetas(study.runs) })).toBeUndefined();
  });

  test('compares no method at its own least β with another at a larger one', () => {
    const runs = study.runs.filter(({ method, beta }) => method.title !== 'DPO' || beta > 0.01);
    expect(betasOf({ ...study, runs })).toBeUndefined();
    expect(betasOf({ ...study, runs, planned: plannedBetas(runs) })).toBeUndefined();
  });

  test('has unlike β where the plan has no common one, and says them', () => {
    const runs = study.runs.filter(({ method, beta }) =>
      method.title === 'DPO' ? beta > 0.05 : beta === 0.05,
    );
    expect(atCommonBetas(...two({ ...study, runs }))).toBeUndefined();
    const planned = plannedBetas(runs);
    const found = atCommonBetas(...two({ ...study, runs, planned }));
    expect(found?.map(({ title }) => title)).toEqual(['AIS-DPO (least β 0.05)', 'DPO (least β 0.1)']);
    expect(atCommonBetas(...found!)?.map(({ title }) => title)).toEqual(found?.map(({ title }) => title));
    expect(differenceAtEnd(...two({ ...study, runs, planned }))?.name).toBe(
      'AIS-DPO (least β 0.05) less DPO (least β 0.1) at the end of training',
    );
  });
});

describe('measures of two methods', () => {
  const measures: Readonly<Record<string, (...both: [StudySweep, StudySweep]) => unknown>> = {
    differenceAtEnd,
    differenceAtEqualKl: (...both) => differenceAtEqualKl(...both),
    'differenceOnAverage over training': (...both) => differenceOnAverage(...both),
    'differenceOnAverage over β': (...both) => differenceOnAverage(...both, 'beta'),
    lossBeyond: (...both) => lossBeyond(...both, 0.2),
    klShare,
    squareRootKlLess,
    halfWayEarlier: (...both) => halfWayEarlier(...both, 'weighted loss'),
    comparison: (...both) => comparison(...both)[0],
    klForBestRate: (...both) => klForBestRate(...both)[0],
  };

  test.each(Object.entries(measures))('%s waits for the least β of both', (_, measure) => {
    expect(measure(...two(study))).toBeDefined();
    expect(measure(...two(noLeast))).toBeUndefined();
    expect(measure(...(two(noLeast).toReversed() as [StudySweep, StudySweep]))).toBeUndefined();
  });

  test('those over β leave out what one has not finished, and the average over all β waits', () => {
    const common = { ...study, runs: study.runs.filter(({ beta }) => beta !== 0.1) };
    const [partial, whole] = [two(noMiddle), two(common)];
    expect(differenceAtEqualKl(...partial)).toEqual(differenceAtEqualKl(...whole));
    expect(klForBestRate(...partial)).toEqual(klForBestRate(...whole));
    expect(differenceOfBest(...partial)).toEqual(differenceOfBest(...whole));
    expect(differenceOnAverage(...partial, 'beta')).toBeUndefined();
    expect(differenceOnAverage(...whole, 'beta')).toBeDefined();
  });

  test('there is no average over β where one was planned', () => {
    const one = { ...study, runs: study.runs.filter(({ beta }) => beta === 0.1) };
    expect(differenceOnAverage(...two(one), 'beta')).toBeUndefined();
    expect(differenceAtEnd(...two(one))).toBeDefined();
  });
});
