import { describe, expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import { builtInStudies } from '../catalog/catalog.js';
import { plannedBetas } from '../data/planned-betas.js';
import type { PolicyStudyData, StudyRun } from '../data/study-data.js';
import { trainsPolicies } from '../study/study.js';
import { judgeClaims } from './judge-claims.js';

/** Each claim of a study with its verdict and the number that decides. */
function judged(study: PolicyStudyData): Map<string, readonly [verdict: string, number: string]> {
  const definition = builtInStudies.find(({ name }) => name === study.study);
  const claims = definition && trainsPolicies(definition) ? definition.claims : [];
  return new Map(
    judgeClaims(claims, study).map(({ claim }) => [
      claim.statement,
      [claim.verdict, `${claim.measured[0]?.name}: ${claim.measured[0]?.value}`],
    ]),
  );
}

/** A study of which runs of its third seed failed. */
function failed(study: PolicyStudyData, isMissing: (run: StudyRun) => boolean): PolicyStudyData {
  return { ...study, runs: study.runs.filter((run) => run.seed < 3 || !isMissing(run)) };
}

/** A study as `--set betas` runs it. */
function at(study: PolicyStudyData, betas: readonly number[]): PolicyStudyData {
  const runs = study.runs.filter(({ beta }) => betas.includes(beta));
  return { ...study, runs, planned: plannedBetas(runs) };
}

describe('claims of a study that lacks runs at small β', () => {
  test('about two methods are left out where one has not its least β; the others stay as they were', () => {
    const whole = examplePolicyStudy('fig9');
    const isRoot = ({ method }: StudyRun): boolean => method.importance === 'inverse-sqrt-length';
    const partial = failed(whole, (run) => isRoot(run) && run.beta < 0.1);
    expect(judged(whole).size).toBe(4);
    expect([...judged(partial)]).toEqual([]);
    const other = failed(whole, (run) => run.method.title === 'DPO' && run.beta < 0.1);
    const left = [...judged(other)];
    expect(left).toHaveLength(2);
    for (const [statement, found] of left) expect(found).toEqual(judged(whole).get(statement));
  });

  test('about an average over all β compare no unlike sets of them', () => {
    const whole = examplePolicyStudy('fig5', { shift: 0 });
    const near = [...judged(whole)].filter(([statement]) => statement.startsWith('Averaged'));
    expect(near.map(([, [verdict]]) => verdict)).toEqual(['equivalent', 'equivalent', 'equivalent']);
    const partial = failed(whole, ({ data, beta }) => data !== 'D3' && beta < 0.1);
    expect([...judged(partial).keys()]).toEqual([
      'On D3, from β = 0.1 to β = 0.01, the win rate of DPO falls: it over-optimizes.',
    ]);
  });

  test('about one method are left out without its least β', () => {
    const whole = examplePolicyStudy('fig7');
    const planned = plannedBetas(whole.runs.map((run) => ({ ...run, beta: 0.005 })));
    expect(judged(whole).size).toBe(4);
    expect([...judged({ ...whole, planned })]).toEqual([]);
  });
});

describe('claims of a study at other β', () => {
  const whole = examplePolicyStudy('fig2');
  const named = (study: PolicyStudyData) =>
    [...judged(study).keys()].filter((statement) => statement.includes('from β = 0.1 to β = 0.01'));

  test.each([[[0.1]], [[0.1, 0.05]], [[0.05, 0.01]]])('that name a β are not judged at %j', (betas) => {
    expect(named(whole)).toHaveLength(4);
    expect(named(at(whole, betas))).toEqual([]);
  });

  test('that name none are judged at these', () => {
    const root = examplePolicyStudy('fig9');
    expect([...judged(at(root, [0.1, 0.05])).keys()]).toEqual([...judged(root).keys()]);
  });
});
