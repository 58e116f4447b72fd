import { describe, expect, test } from 'vitest';
import { type ExampleWorld, exampleMixtureStudy, examplePolicyStudy } from '../../test/example-study-data.js';
import type { Claim, ClaimVerdict, PolicyStudyData, StudyData } from '../data/study-data.js';
import { viewStudies } from '../study-report/study-view.js';
import { builtInStudies } from './catalog.js';

/** The claims of studies, judged. */
function studyClaims(studies: readonly StudyData[]): Claim[] {
  return viewStudies(studies).flatMap(({ claims }) => claims.map(({ claim }) => claim));
}

type Case = readonly [
  study: PolicyStudyData['study'],
  claim: string,
  ...(readonly [ExampleWorld, ClaimVerdict])[],
];

const holds = 'holds';
const part = 'holds in part';
const not = 'does not hold';

/** What was built into the data, and the verdict that it must lead to. */
const cases: readonly Case[] = [
  ['fig2', 'over 10 points more often than DPO', [{}, holds], [{ ais: 0.12 }, part], [{ ais: 0 }, not]],
  ['fig2', 'over 10 points more often than IPO', [{}, holds], [{ ais: 0.12 }, part], [{ ais: -0.3 }, not]],
  ['fig2', 'win rate of DPO rises and falls', [{}, holds], [{ ais: 0.3 }, part], [{ fall: 0 }, not]],
  ['fig2', 'win rate of IPO rises and falls', [{}, holds], [{ ais: 0 }, part], [{ fall: 0 }, not]],
  ['fig3', 'DPO wins most early', [{}, holds], [{ late: 1 }, part], [{ fall: 0 }, not]],
  ['fig3', 'does not degrade', [{}, holds], [{ ais: 0.4 }, part], [{ ais: 0 }, not]],
  ['fig3', 'with less than 35 %', [{}, holds], [{ ais: 0.4 }, part], [{ ais: -0.2 }, not]],
  ['fig4', 'gains shrinks', [{}, holds], [{ shift: 1, middle: 0 }, part], [{ shift: 0 }, not]],
  [
    'fig5',
    'best win rate of DPO falls',
    [{}, holds],
    [{ shift: 1, middle: 0 }, part],
    [{ shift: -0.5 }, not],
  ],
  [
    'fig5',
    'Over-optimization comes earlier',
    [{ earlier: 1 }, holds],
    [{ earlier: 1, seeds: [1] }, part],
    [{}, not],
  ],
  ['fig6', 'RLOO, which', [{}, holds], [{ online: -0.3 }, part], [{ online: -2 }, not]],
  ['fig6', 'closes part', [{}, holds], [{ online: -2 }, part], [{ ais: 0 }, not]],
  ['fig7', 'AIS-DPO keeps', [{}, holds], [{ ais: 0.3 }, part], [{ ais: -0.3 }, not]],
  ['fig7', 'AIS-IPO keeps', [{}, holds], [{ ais: 0.3 }, part], [{ ais: -0.3 }, not]],
  ['fig8', 'Of fixed α', [{}, holds], [{ alpha: 1, largeAlpha: 1 }, part], [{ alpha: 0 }, not]],
  ['fig8', 'A larger α', [{}, holds], [{ alpha: 1, largeAlpha: 1 }, part], [{ alpha: 0 }, not]],
  [
    'fig8',
    'With α above 0',
    [{ fall: 0.2, prompts: 400 }, holds],
    [{ alpha: 1.4 }, part],
    [{ alpha: 0 }, not],
  ],
  ['fig8', 'The adaptive α', [{}, holds], [{ ais: 0.5 }, part], [{ ais: -0.2 }, not]],
  ['fig9', '1/√|y|', [{}, holds], [{ root: 0.1 }, part], [{ root: -0.6, ais: -0.5 }, not]],
  ['fig10', 'stable', [{}, holds], [{ rise: 0.22 }, part], [{ rise: 0.8 }, not]],
  ['fig11', 'On D1', [{ prompts: 400 }, holds], [{ seedSpread: 0.4 }, not], [{ near: 1 }, not]],
  ['fig11', 'shifted data D2 and D3', [{}, holds], [{ ais: 0.6, nothingAt: 'D3' }, part], [{ ais: 0 }, not]],
  ['fig12', 'RPO wins more', [{}, holds], [{ fall: 0 }, not]],
  ['fig12', 'than RPO', [{}, holds], [{ ais: 0.4 }, part], [{ ais: -0.2 }, not]],
  ['weights', 'more than half', [{}, holds], [{ weightSpread: 1 }, part], [{ weightSpread: 3 }, not]],
  ['alternatives', 'than WPO', [{}, holds], [{ ais: 0 }, not]],
  ['alternatives', 'than χPO', [{}, holds], [{ ais: 0 }, not]],
  ['alternatives', 'length-regularized', [{}, holds], [{ ais: 0 }, not]],
  ['alternatives', 'clipped', [{}, holds], [{ ais: -1 }, not]],
  ['demo', 'rises, and then falls', [{}, holds], [{ fall: 0 }, not]],
  ['demo', 'with less KL', [{}, holds], [{ ais: 0.4 }, holds], [{ ais: -0.2 }, not]],
  ['behavior', 'On D2', [{}, holds], [{ ais: 0.9, informed: 0 }, part], [{ ais: 0 }, not]],
  ['behavior', 'On D3', [{}, holds], [{ ais: 0.9, informed: 0 }, part], [{ ais: 0 }, not]],
];

const judgedWorlds = new Map<string, readonly Claim[]>();

/** The claims of a study in a world; worlds that several cases share are judged once. */
function claimsIn(study: PolicyStudyData['study'], world: ExampleWorld): readonly Claim[] {
  const key = JSON.stringify([study, world]);
  const known = judgedWorlds.get(key);
  if (known) return known;
  const found = studyClaims([examplePolicyStudy(study, { prompts: 160, evaluations: 5, ...world })]);
  judgedWorlds.set(key, found);
  return found;
}

describe('the claims of the studies', () => {
  for (const [study, claim, ...worlds] of cases) {
    test.each(worlds)(`${study}, ${claim}: in the world %j it %s`, (world, verdict) => {
      const found = claimsIn(study, world).filter(({ statement }) => statement.includes(claim));
      expect(found.map((one) => `${one.verdict}: ${one.reason}`)).toEqual([
        expect.stringMatching(new RegExp(`^${verdict}:`)),
      ]);
    });
  }

  test('fig10: a larger α that is faster holds, one that is not does not', () => {
    const speed = (world: ExampleWorld) => studyClaims([examplePolicyStudy('fig10', world)])[1]?.verdict;
    expect([speed({}), speed({ speed: 0 }), speed({ speed: -0.4 })]).toEqual([holds, not, not]);
  });

  test('fig10: a weighted loss that falls because its weights do is not convergence', () => {
    const [, claim] = studyClaims([examplePolicyStudy('fig10', { speed: 0, earlyWeights: 1 })]);
    expect(claim?.verdict).toBe(part);
    expect(claim?.reason).toContain('its weight divided out');
  });

  test('fig8 compares α that were chosen beforehand, never one with itself', () => {
    const names = studyClaims([examplePolicyStudy('fig8', { alpha: 0, largeAlpha: 1 })]).flatMap(
      ({ measured }) => measured.map(({ name }) => name),
    );
    expect(names).toContain('the best win rate of α = 0.05 less that of α = 0.4');
    for (const name of names) {
      const [, first, second] = /α = ([\d.]+) less (?:that (?:of|at) )?α = ([\d.]+)/.exec(name) ?? [];
      if (first !== undefined) expect(first).not.toBe(second);
    }
  });

  test('a comparison at equal KL says where, and what it was before', () => {
    const [claim] = studyClaims([examplePolicyStudy('fig12')]);
    const kls = claim!.measured.flatMap(
      ({ name }) => /AIS-DPO less RPO at equal √KL of ([\d.]+)/.exec(name)?.[1] ?? [],
    );
    expect(kls).toHaveLength(3);
    const [largest, third, twoThirds] = kls.map(Number);
    expect(third).toBeCloseTo(largest! / 3, 1.5);
    expect(twoThirds).toBeCloseTo((2 * largest!) / 3, 1.5);
  });

  test('fig1 holds as it is, in part where smoothing is all there is, and not where weighting does nothing', () => {
    const study = exampleMixtureStudy();
    const { muWeighted, smoothed } = study.mixture;
    const verdict = (importanceWeighted: (typeof smoothed)[number]) =>
      studyClaims([{ ...study, mixture: { ...study.mixture, importanceWeighted } }])[0]?.verdict;
    expect(studyClaims([study])[0]?.verdict).toBe(holds);
    expect(verdict(smoothed[1]!)).toBe(part);
    expect(verdict(muWeighted)).toBe(not);
  });

  test('were all judged in these worlds', () => {
    const judged = new Set(cases.map(([study, claim]) => `${study} ${claim}`));
    // That of fig1 and the second one of fig10 are judged by themselves.
    expect(judged.size + 2).toBe(builtInStudies.reduce((sum, { claims }) => sum + claims.length, 0));
  });

  test('with one seed nothing holds fully, however large the effect', () => {
    for (const study of ['fig2', 'fig3', 'fig8', 'fig10'] as const) {
      const claims = studyClaims([examplePolicyStudy(study, { seeds: [1], prompts: 400 })]);
      expect(claims.map(({ verdict }) => verdict)).not.toContain(holds);
      expect(claims.map(({ verdict }) => verdict)).toContain(part);
    }
  });

  test('with a handful of prompts and unlike seeds nothing holds by luck', () => {
    const claims = studyClaims([
      examplePolicyStudy('fig12', { ais: 0.2, prompts: 12, seedSpread: 0.15, seeds: [1, 2] }),
    ]);
    expect(claims.map(({ verdict }) => verdict)).toEqual([not, not]);
  });

  test('a handful of prompts on which nobody differs does not show that two methods are alike', () => {
    const world = { ais: 0, fall: 0, seedSpread: 0 };
    const alike = (prompts: number) => studyClaims([examplePolicyStudy('fig11', { ...world, prompts })])[0];
    expect([alike(4)?.verdict, alike(400)?.verdict]).toEqual([not, holds]);
  });

  test('a claim carries its numbers with their intervals, and its seeds', () => {
    const [claim] = studyClaims([examplePolicyStudy('fig2')]);
    expect(claim).toMatchObject({ figure: 'fig2', seeds: [1, 2, 3] });
    const [difference] = claim!.measured;
    expect(difference?.name).toMatch(/^AIS-DPO less DPO at equal √KL of 1\.7/);
    expect(difference!.interval!.low).toBeLessThan(difference!.value);
    expect(difference!.interval!.method).toContain('3 seeds');
    expect(JSON.parse(JSON.stringify(claim))).toEqual(claim);
  });

  test('a study that lacks the runs has no claim, and one that is not finished is judged by what every seed has', () => {
    const whole = examplePolicyStudy('fig2');
    const noAis = whole.runs.filter(({ method }) => method.importance === 'none');
    expect(studyClaims([{ ...whole, runs: noAis }])).toEqual([]);
    const noIpo = whole.runs.filter((run) => !(run.method.objective === 'ipo' && run.seed === 3));
    expect(studyClaims([{ ...whole, runs: noIpo }]).map(({ statement }) => statement)).toEqual([
      expect.stringContaining('AIS-DPO'),
      expect.stringContaining('AIS-DPO'),
    ]);
  });
});
