import { meanOverSeeds } from '@ais/gold-eval';
import { describe, expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import { plannedBetas } from '../data/planned-betas.js';
import { clustersOf, outcomesOf } from './point-estimates.js';
import {
  alongEpoch,
  ends,
  hasLeastBeta,
  leastBeta,
  methodPositions,
  studySweeps,
  tradeOff,
  tradeOffCurves,
  unfinishedRuns,
} from './study-lines.js';

describe('studySweeps', () => {
  const study = examplePolicyStudy('fig2', { prompts: 40 });

  test('has each method once, its β falling, its runs in the order of the seeds', () => {
    const shuffled = { ...study, runs: study.runs.toReversed() };
    const sweeps = studySweeps(shuffled);
    expect(new Set(sweeps.map(({ title }) => title))).toEqual(new Set(['DPO', 'AIS-DPO', 'IPO', 'AIS-IPO']));
    for (const { lines } of sweeps) {
      expect(lines.map(({ beta }) => beta)).toEqual([0.5, 0.1, 0.05, 0.01]);
      for (const { runs } of lines) expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    }
  });

  test('names the data set where there are several', () => {
    expect(studySweeps(examplePolicyStudy('fig4', { prompts: 40 })).map(({ title }) => title)).toEqual([
      'DPO on D1',
      'DPO on D2',
      'DPO on D3',
    ]);
  });

  test('leaves out what not every seed has finished, and names it', () => {
    const runs = study.runs.filter(
      ({ method, beta, seed }) => !(method.title === 'DPO' && beta === 0.1 && seed === 2),
    );
    const partial = { ...study, runs };
    expect(studySweeps(partial)[0]?.lines.map(({ beta }) => beta)).toEqual([0.5, 0.05, 0.01]);
    expect(unfinishedRuns(partial)).toEqual(['DPO, β = 0.1']);
    expect(unfinishedRuns(study)).toEqual([]);
    expect(studySweeps(partial)[0]?.planned).toEqual([0.5, 0.1, 0.05, 0.01]);
    expect(hasLeastBeta(studySweeps(partial)[0]!)).toBe(true);
  });

  test('knows what was planned and never begun, where the data say it', () => {
    const runs = study.runs.filter(({ method, beta }) => !(method.title === 'DPO' && beta === 0.01));
    const [unknown] = studySweeps({ ...study, runs });
    expect(unknown).toMatchObject({ planned: [0.5, 0.1, 0.05], isPlanKnown: false });
    const planned = { ...study, runs, planned: plannedBetas(study.runs) };
    const [known] = studySweeps(planned);
    expect(known).toMatchObject({ planned: [0.5, 0.1, 0.05, 0.01], isPlanKnown: true });
    expect([unknown!, known!].map(hasLeastBeta)).toEqual([true, false]);
    expect(unfinishedRuns(planned)).toEqual(['DPO, β = 0.01']);
  });

  test('refuses two runs of one method with one seed', () => {
    expect(() => studySweeps({ ...study, runs: [...study.runs, study.runs[0]!] })).toThrow(
      expect.objectContaining({
        name: 'StudyError',
        message: expect.stringContaining('DPO, β = 0.01 with seed 1'),
      }),
    );
  });

  test('DPO and AIS-DPO look alike in every study', () => {
    for (const name of ['fig2', 'fig6', 'fig9', 'fig12', 'alternatives'] as const) {
      const positions = methodPositions(examplePolicyStudy(name, { prompts: 20, seeds: [1] }));
      expect([positions.get('DPO'), positions.get('AIS-DPO')]).toEqual([0, 1]);
      expect(new Set(positions.values()).size).toBe(positions.size);
    }
    expect([
      ...methodPositions(examplePolicyStudy('weights', { prompts: 20, seeds: [1] })).values(),
    ]).not.toContain(0);
  });
});

describe('tradeOff', () => {
  test('goes from the SFT model over the ends at each β, by rising √KL', () => {
    const [dpo] = studySweeps(examplePolicyStudy('fig2', { prompts: 40 }));
    expect(tradeOff(dpo!).map(({ name, last }) => [name, last])).toEqual([
      ['SFT', false],
      ['β = 0.5', false],
      ['β = 0.1', false],
      ['β = 0.05', false],
      ['β = 0.01', true],
    ]);
    expect(tradeOffCurves(dpo!).map(({ length }) => length)).toEqual([5, 5, 5]);
  });

  test('with one β it is the epoch', () => {
    const [dpo] = studySweeps(examplePolicyStudy('fig3', { prompts: 40, evaluations: 4 }));
    expect(tradeOff(dpo!).map(({ name }) => name)).toEqual(
      [0, 25, 50, 75, 100].map((share) => `${share} % of training`),
    );
  });

  test('with several β planned and one finished it is still over β', () => {
    const study = examplePolicyStudy('fig2', { prompts: 40, evaluations: 4 });
    const runs = study.runs.filter(({ beta, seed }) => beta === 0.01 || seed < 3);
    const [dpo] = studySweeps({ ...study, runs });
    expect(tradeOff(dpo!).map(({ name }) => name)).toEqual(['SFT', 'β = 0.01']);
  });

  test('takes evaluations of seeds that have other numbers of steps for the same places', () => {
    const study = examplePolicyStudy('fig3', { prompts: 40, seeds: [1, 2, 3], evaluations: 5 });
    const [sweep] = studySweeps({
      ...study,
      runs: study.runs.map((run) => {
        const steps = 54 + run.seed;
        const points = run.points.map((point, index) => {
          const step = Math.round((index * steps) / 5);
          return { ...point, step, fraction: step / steps };
        });
        return { ...run, points };
      }),
    });
    const steps = alongEpoch(leastBeta(sweep!)).map((points) => points.map(({ step }) => step));
    expect(steps).toEqual([
      [0, 0, 0],
      [11, 11, 11],
      [22, 22, 23],
      [33, 34, 34],
      [44, 45, 46],
      [55, 56, 57],
    ]);
  });

  test('refuses seeds that were evaluated at different places', () => {
    const study = examplePolicyStudy('fig3', { prompts: 40 });
    const [first, ...others] = study.runs;
    const [sweep] = studySweeps({
      ...study,
      runs: [{ ...first!, points: first!.points.slice(1) }, ...others],
    });
    expect(() => alongEpoch(leastBeta(sweep!))).toThrow(expect.objectContaining({ name: 'StudyError' }));
  });
});

test('evaluations know the families of their prompts, which count as one draw', () => {
  const study = examplePolicyStudy('fig3', { prompts: 64 });
  const families = Array.from({ length: 64 }, (_, prompt) => Math.floor(prompt / 16));
  const [alone, together] = [study, { ...study, families }].map((data) => {
    const [sweep] = studySweeps(data);
    const points = sweep ? ends(leastBeta(sweep)) : [];
    return meanOverSeeds(outcomesOf(points), { clusters: clustersOf(points) });
  });
  expect([alone?.prompts, together?.prompts]).toEqual([64, 4]);
  expect(together?.value).toBe(alone?.value);
});
