import { describe, expect, test } from 'vitest';
import { type ExampleWorld, exampleMixtureStudy, examplePolicyStudy } from '../../test/example-study-data.js';
import { decide } from '../claims/claim-decision.js';
import { judgeClaims } from '../claims/judge-claims.js';
import type { StudyClaim } from '../claims/study-claim.js';
import type { Claim, ClaimVerdict, MixtureStudyData, PolicyStudyData } from '../data/study-data.js';
import { fixedAlphaValues } from '../methods/methods.js';
import { isComputed, trainsPolicies } from '../study/study.js';
import { builtInStudies } from './catalog.js';

function claimsOf(name: string): readonly StudyClaim[] {
  const study = builtInStudies.find((each) => each.name === name);
  return study && trainsPolicies(study) ? study.claims : [];
}

/** The verdicts of a study's claims; those whose runs it lacks are left out. */
function verdicts(study: PolicyStudyData): Map<string, ClaimVerdict> {
  return new Map(
    claimsOf(study.study).flatMap(({ statement, number, bound }) => {
      const found = number(study);
      return found ? [[statement, decide(found, bound).verdict]] : [];
    }),
  );
}

function judged(study: PolicyStudyData): Claim[] {
  return judgeClaims(claimsOf(study.study), study).map(({ claim }) => claim);
}

type Case = readonly [study: string, claim: string, ...(readonly [ExampleWorld, ClaimVerdict])[]];

/** What was built into the data, and the verdict that it must lead to. */
const cases: readonly Case[] = [
  ...(['DPO', 'IPO'] as const).flatMap((name): Case[] => [
    [
      'fig2',
      `AIS-${name} wins more often than ${name}`,
      [{}, 'shown'],
      [{ ais: 0 }, 'open'],
      [{ ais: -0.3 }, 'refuted'],
    ],
    [
      'fig2',
      `AIS-${name} wins over 10 points`,
      [{}, 'shown'],
      [{ seedSpread: 0.3 }, 'open'],
      [{ ais: 0 }, 'refuted'],
    ],
    ['fig2', `the win rate of ${name} falls`, [{}, 'shown'], [{ fall: 0 }, 'refuted']],
    [
      'fig2',
      `the win rate of AIS-${name} does not fall`,
      [{}, 'shown'],
      [{ ais: 0.5 }, 'open'],
      [{ ais: 0 }, 'refuted'],
    ],
    [
      'fig7',
      `AIS-${name} keeps its win rate`,
      [{}, 'shown'],
      [{ ais: 0.5 }, 'open'],
      [{ ais: 0 }, 'refuted'],
    ],
    [
      'fig7',
      `AIS-${name} ends with less KL`,
      [{}, 'shown'],
      [{ ais: 0 }, 'open'],
      [{ ais: -0.3 }, 'refuted'],
    ],
  ]),
  ['fig3', 'rises at first', [{}, 'shown'], [{ prompts: 4 }, 'open']],
  [
    'fig3',
    'DPO wins more often at 20 %',
    [{}, 'shown'],
    [{ late: 1 }, 'open'],
    [{ fall: 0.2, prompts: 400 }, 'equivalent'],
    [{ fall: 0 }, 'refuted'],
  ],
  ['fig3', 'does not degrade', [{}, 'shown'], [{ ais: 0.5 }, 'open'], [{ ais: 0 }, 'refuted']],
  ['fig3', 'DPO loses more than AIS-DPO', [{}, 'shown'], [{ ais: 0 }, 'open'], [{ ais: -0.3 }, 'refuted']],
  ['fig3', 'ends with a higher win rate', [{}, 'shown'], [{ ais: 0 }, 'open'], [{ ais: -0.3 }, 'refuted']],
  ['fig3', 'ends with less KL', [{}, 'shown'], [{ ais: 0 }, 'open'], [{ ais: -0.3 }, 'refuted']],
  ['fig3', 'less than 35 %', [{}, 'shown'], [{ ais: 0.5 }, 'refuted']],
  ...(['fig4', 'fig5'] as const).flatMap((study) =>
    ['on D1 than on D2', 'on D2 than on D3', 'on D1 than on D3'].map(
      (claim): Case => [
        study,
        claim,
        [{}, 'shown'],
        [{ shift: 0 }, 'equivalent'],
        [{ shift: -0.5 }, 'refuted'],
      ],
    ),
  ),
  ['fig5', 'On D3', [{}, 'shown'], [{ fall: 0 }, 'refuted']],
  ['fig5', 'DPO loses more on D3', [{ earlier: 1 }, 'shown'], [{ shift: 0 }, 'open'], [{}, 'refuted']],
  ['fig6', 'RLOO, which trains', [{}, 'shown'], [{ online: -2 }, 'open']],
  ['fig6', 'RLOO wins more often than AIS-DPO', [{}, 'shown'], [{ online: -2 }, 'refuted']],
  ['fig6', 'closes part of the gap', [{}, 'shown'], [{ ais: 0 }, 'open'], [{ ais: -0.3 }, 'refuted']],
  [
    'fig8',
    'of 0.05 wins more often than DPO',
    [{}, 'shown'],
    [{ alpha: 0 }, 'open'],
    [{ late: 1 }, 'refuted'],
  ],
  [
    'fig8',
    'of 0.05 wins more often than α = 0.4',
    [{}, 'shown'],
    [{ alpha: 0 }, 'open'],
    [{ alpha: 1, largeAlpha: 1 }, 'refuted'],
  ],
  ['fig8', 'α = 0.1 regularizes', [{}, 'shown'], [{ alpha: 0 }, 'open']],
  ['fig8', 'Beyond α = 0.1', [{}, 'shown'], [{ alpha: 1, largeAlpha: 1 }, 'open']],
  ...fixedAlphaValues.flatMap((alpha): Case[] => [
    [
      'fig8',
      `With α = ${alpha}, the win rate does not fall`,
      [{ fall: 0 }, 'shown'],
      [{ seedSpread: 0.3 }, 'open'],
      [{ alpha: 0 }, 'refuted'],
    ],
    [
      'fig8',
      `as the fixed α = ${alpha},`,
      [{ alpha: 0 }, 'shown'],
      [{ seedSpread: 0.3 }, 'open'],
      [{ ais: 0 }, 'refuted'],
    ],
  ]),
  ['fig8', 'A fixed α of 0.2', [{}, 'shown'], [{ alpha: 0 }, 'open'], [{ fall: 0 }, 'refuted']],
  ['fig9', 'less often than DPO', [{ fall: 0 }, 'shown'], [{ root: 0 }, 'equivalent'], [{}, 'open']],
  ['fig9', 'less often than AIS-DPO', [{}, 'shown'], [{ ais: 0 }, 'open'], [{ ais: -0.3 }, 'refuted']],
  ['fig9', 'less KL than DPO', [{}, 'shown'], [{ root: 0 }, 'open'], [{ root: -0.6 }, 'refuted']],
  ['fig9', 'less KL than AIS-DPO', [{}, 'shown'], [{ root: 0 }, 'refuted']],
  ...[0, ...fixedAlphaValues].map(
    (alpha): Case => ['fig10', `stable at α = ${alpha}:`, [{}, 'shown'], [{ rise: 1 }, 'refuted']],
  ),
  ['fig10', 'The loss of a pair converges', [{}, 'shown'], [{ speed: -0.4 }, 'refuted']],
  // A weighted loss that falls because its weights do is not convergence.
  [
    'fig10',
    'The weighted loss converges',
    [{}, 'shown'],
    [{ speed: 0, earlyWeights: 1 }, 'shown'],
    [{ speed: -0.4 }, 'refuted'],
  ],
  [
    'fig11',
    'win about as often',
    [{ prompts: 400 }, 'shown'],
    [{ seedSpread: 0.4 }, 'open'],
    [{ near: 1 }, 'refuted'],
  ],
  ['fig11', 'about the same KL', [{}, 'shown'], [{ near: 1 }, 'refuted']],
  ...(['D2', 'D3'] as const).flatMap((data): Case[] => [
    ['fig11', `${data}, AIS-DPO wins`, [{}, 'shown'], [{ fall: 0 }, 'refuted']],
    [
      'fig11',
      `${data}, AIS-DPO ends`,
      [{}, 'shown'],
      [{ nothingAt: data }, 'open'],
      [{ ais: -0.3 }, 'refuted'],
    ],
    [
      'behavior',
      `On ${data}, weights that know the policy that wrote the pairs win more than weights`,
      [{}, 'shown'],
      [{ informed: 0 }, 'open'],
      [{ informed: -1 }, 'refuted'],
    ],
    [
      'behavior',
      `On ${data}, weights that know the policy that wrote the pairs win more than no`,
      [{}, 'shown'],
      [{ seedSpread: 0.6 }, 'open'],
    ],
  ]),
  [
    'fig12',
    'AIS-DPO wins more often than RPO',
    [{}, 'shown'],
    [{ fall: 0 }, 'open'],
    [{ ais: 0 }, 'refuted'],
  ],
  [
    'fig12',
    'AIS-DPO wins more often than DPO',
    [{}, 'shown'],
    [{ ais: 0 }, 'open'],
    [{ ais: -0.3 }, 'refuted'],
  ],
  ['fig12', 'RPO wins more often than DPO', [{}, 'shown'], [{ fall: 0 }, 'open']],
  ['weights', 'more than half', [{}, 'shown'], [{ weightSpread: 3 }, 'refuted']],
  ...['than WPO', 'than χPO', 'length-regularized', 'clipped'].map(
    (claim): Case => ['alternatives', claim, [{}, 'shown'], [{ ais: 0 }, 'refuted']],
  ),
  ['controls', 'a smaller step, ends', [{}, 'shown'], [{ step: 0 }, 'open'], [{ step: -0.5 }, 'refuted']],
  ['controls', 'The mean weight alone ends with a higher', [{}, 'shown'], [{ step: -0.5 }, 'refuted']],
  ['controls', 'Reweighting alone ends with less KL', [{}, 'refuted'], [{ reweighting: -1 }, 'shown']],
  ['controls', 'Reweighting alone ends with a higher', [{}, 'shown'], [{ reweighting: -1 }, 'refuted']],
  ['controls', 'reweighting alone wins more', [{}, 'shown'], [{ reweighting: -1 }, 'refuted']],
  ['controls', 'AIS-DPO ends with a higher', [{}, 'shown'], [{ ais: -0.3 }, 'refuted']],
  ['controls', 'often than the mean weight', [{}, 'shown'], [{ ais: -0.3 }, 'refuted']],
  ['controls', 'AIS-DPO ends with less KL', [{}, 'shown'], [{ ais: 0 }, 'refuted']],
  ...['bounded to', 'one α per pair'].map(
    (claim): Case => ['controls', claim, [{}, 'open'], [{ variant: -1 }, 'refuted']],
  ),
  ['controls', 'Humanline-DPO', [{}, 'shown'], [{ ais: -0.3 }, 'refuted']],
  ...(['D0', 'D1'] as const).flatMap((data): Case[] => [
    [
      'readings',
      `On ${data}, AIS-DPO ends with a higher`,
      [{}, 'shown'],
      [{ ais: -0.3, written: 0 }, 'refuted'],
    ],
    ['readings', `On ${data}, AIS-DPO ends with less KL`, [{}, 'shown'], [{ ais: -0.3 }, 'refuted']],
    [
      'readings',
      `On ${data}, AIS-DPO wins more often`,
      [{}, 'shown'],
      [{ ais: -0.3, written: 0 }, 'refuted'],
    ],
  ]),
  ['readings', 'DPO loses more on D0', [{ earlier: 1 }, 'shown']],
  ['demo', 'rises at first', [{}, 'shown'], [{ prompts: 4 }, 'open']],
  ['demo', 'Then it falls', [{}, 'shown'], [{ fall: 0 }, 'open']],
  ['demo', 'higher win rate', [{}, 'shown'], [{ ais: 0 }, 'open'], [{ ais: -0.3 }, 'refuted']],
  ['demo', 'less KL', [{}, 'shown'], [{ ais: 0 }, 'open'], [{ ais: -0.3 }, 'refuted']],
];

const judgedWorlds = new Map<string, ReadonlyMap<string, ClaimVerdict>>();

/** The verdicts of a study in a world; worlds that several cases share are judged once. */
function verdictsIn(study: string, world: ExampleWorld): ReadonlyMap<string, ClaimVerdict> {
  const key = JSON.stringify([study, world]);
  const known = judgedWorlds.get(key);
  if (known) return known;
  const found = verdicts(examplePolicyStudy(study, { prompts: 160, evaluations: 5, ...world }));
  judgedWorlds.set(key, found);
  return found;
}

describe('the claims of the studies', () => {
  for (const [study, claim, ...worlds] of cases) {
    test.each(worlds)(`${study}, ${claim}: in the world %j it is %s`, (world, verdict) => {
      const found = [...verdictsIn(study, world)].filter(([statement]) => statement.includes(claim));
      expect(found.map(([, value]) => value)).toEqual([verdict]);
    });
  }

  test('are all judged in these worlds', () => {
    // The demo on a real model makes the demo's claims.
    const missing = builtInStudies
      .filter((study) => trainsPolicies(study) && study.name !== 'demo-model')
      .flatMap(({ name, claims }) => claims.map(({ statement }) => [name, statement] as const))
      .filter(
        ([name, statement]) => !cases.some(([study, part]) => study === name && statement.includes(part)),
      );
    expect(missing).toEqual([]);
  });

  test('rest on no maximum of noisy values: what is picked is read beside them', () => {
    for (const study of builtInStudies) {
      // The demos have one seed, so they settle nothing; they show the fall since the peak that everybody sees.
      if (!trainsPolicies(study) || study.name.startsWith('demo')) continue;
      const data = examplePolicyStudy(study.name, { prompts: 20, evaluations: 5 });
      for (const { statement, number, beside } of study.claims) {
        expect(number(data)?.picked, statement).toBeUndefined();
        if (study.name === 'fig7') expect(beside?.(data).length).toBeGreaterThan(0);
      }
    }
    const [fall] = claimsOf('demo').flatMap(({ number }) => number(examplePolicyStudy('demo')) ?? []);
    expect(fall?.picked).toBe(true);
  });

  test('fig8 says which claim was found afterwards', () => {
    const found = claimsOf('fig8').filter(({ foundAfterwards }) => foundAfterwards);
    expect(found.map(({ statement }) => statement)).toEqual([expect.stringContaining('α of 0.2')]);
  });

  test('a comparison stands beside equal steps, equal KL, and equal length, and is never read where nothing was run', () => {
    const study = examplePolicyStudy('fig12');
    const [claim] = judged({
      ...study,
      runs: study.runs.map((run) => ({
        ...run,
        points: run.points.map((point) => ({
          ...point,
          equalLength: { rate: 0.5, low: 0.4, high: 0.6 },
          // One method writes better prose on three prompts of four.
          prose: {
            ...point.winRate,
            scores: Array.from({ length: 256 }, (_, prompt) =>
              run.method.title === 'AIS-DPO' ? Number(prompt % 4 > 0) : 0.5,
            ),
          },
        })),
      })),
    });
    const names = claim!.measured.map(({ name }) => name);
    expect(names[0]).toMatch(/^AIS-DPO less RPO at equal √KL of [\d.]+ \(the largest that both reached\)$/);
    expect(names).toContain('AIS-DPO less RPO at the end of training');
    expect(names).toContain('AIS-DPO less RPO at the end of training, at equal length');
    const prose = claim!.measured.find(({ name }) => name.endsWith('by the rule for prose'));
    expect(prose?.name).toContain('AIS-DPO answers better than RPO');
    expect(prose?.value).toBeCloseTo(0.25, 12);
    expect(prose?.interval?.low).toBeGreaterThan(0.15);
    expect(names).toContain('KL of AIS-DPO as a share of that of RPO');
    const least = Math.max(
      ...['AIS-DPO', 'RPO'].map((title) =>
        Math.min(
          ...study.runs
            .filter(({ method }) => method.title === title)
            .map(({ points }) => Math.sqrt(points.at(-1)!.kl.mean)),
        ),
      ),
    );
    for (const name of names) {
      const [, kl] = /at equal √KL of ([\d.]+)/.exec(name) ?? [];
      if (kl !== undefined) expect(Number(kl)).toBeGreaterThanOrEqual(least - 0.05);
    }
  });

  test('fig1 is shown as it is, and refuted where weighting does nothing', () => {
    const study: MixtureStudyData = exampleMixtureStudy();
    const { muWeighted } = study.mixture;
    const found = builtInStudies.find(({ name }) => name === 'fig1');
    const all = (data: MixtureStudyData) =>
      found && isComputed(found) ? judgeClaims(found.claims, data).map(({ claim }) => claim.verdict) : [];
    expect(all(study)).toEqual(['shown', 'shown']);
    const flat = { ...study, mixture: { ...study.mixture, importanceWeighted: muWeighted } };
    expect(all(flat)).toEqual(['refuted', 'shown']);
  });

  test('with one seed everything stays open, however large the effect', () => {
    for (const study of ['fig2', 'fig3', 'fig8', 'fig10'] as const) {
      const found = verdicts(examplePolicyStudy(study, { seeds: [1], prompts: 400, evaluations: 5 }));
      expect(new Set(found.values())).toEqual(new Set(['open']));
    }
  });

  test('with a handful of prompts and unlike seeds nothing is shown by luck', () => {
    const found = verdicts(
      examplePolicyStudy('fig12', { ais: 0.2, prompts: 12, seedSpread: 0.15, seeds: [1, 2] }),
    );
    expect([...found.values()]).toEqual(['open', 'open', 'open']);
  });

  test('a handful of prompts on which nobody differs does not show that two methods are alike', () => {
    const world = { ais: 0, fall: 0, seedSpread: 0 };
    const alike = (prompts: number) =>
      [...verdicts(examplePolicyStudy('fig11', { ...world, prompts })).values()][0];
    expect([alike(4), alike(400)]).toEqual(['open', 'shown']);
  });

  test('a claim carries its numbers with their intervals, and its seeds', () => {
    const [claim] = judged(examplePolicyStudy('fig2'));
    expect(claim).toMatchObject({ figure: 'fig2', seeds: [1, 2, 3] });
    const [difference] = claim!.measured;
    expect(difference?.name).toMatch(/^AIS-DPO less DPO at equal √KL of 1\.7/);
    expect(difference!.interval!.low).toBeLessThan(difference!.value);
    expect(difference!.interval).toMatchObject({
      confidence: 0.95,
      method: expect.stringContaining('3 seeds'),
    });
    expect(JSON.parse(JSON.stringify(claim))).toEqual(claim);
  });

  test('a study that lacks the runs has no claim, and one that is not finished is judged by what every seed has', () => {
    const whole = examplePolicyStudy('fig2', { evaluations: 3 });
    const dpoAlone = whole.runs.filter(({ method }) => method.importance === 'none');
    expect(judged({ ...whole, runs: dpoAlone })).toEqual([]);
    const noIpo = whole.runs.filter((run) => !(run.method.objective === 'ipo' && run.seed === 3));
    const statements = judged({ ...whole, runs: noIpo }).map(({ statement }) => statement);
    expect(statements).toHaveLength(4);
    for (const statement of statements) expect(statement).toContain('DPO');
  });
});
