import { describe, expect, test } from 'vitest';
import { exampleMixtureStudy, examplePolicyStudy } from '../../test/example-study-data.js';
import { judgeClaims } from '../claims/judge-claims.js';
import type { PolicyStudyData, StudyData } from '../data/study-data.js';
import { mergeStudies } from './merge-studies.js';

const stage = (kind: string, seconds: number) => ({ kind, key: `${kind}${seconds}`, seconds });
const shared = [stage('corpus', 5), stage('sft', 10)];
const example = examplePolicyStudy('fig3', { seeds: [1, 2, 3, 4], prompts: 20 });
const whole: PolicyStudyData = {
  ...example,
  // As a study has them: seed after seed.
  runs: example.runs.toSorted((a, b) => a.seed - b.seed),
  backend: 'native',
  command: 'ais study fig3 --scale small --seeds 4 --backend native',
  versions: { node: '20.20.2' },
  stages: [...shared, stage('preference', 1), stage('preference', 2)],
  seconds: 18,
};

/** What a command with these seeds alone would have left. */
function part(seeds: readonly number[], own: Partial<PolicyStudyData> = {}): PolicyStudyData {
  const isOwn = ({ seed }: { readonly seed: number }): boolean => seeds.includes(seed);
  return {
    ...whole,
    seeds,
    command: `ais study fig3 --scale small --seeds ${seeds[0]}-${seeds.at(-1)} --backend native`,
    runs: whole.runs.filter(isOwn),
    pairs: whole.pairs.filter(isOwn),
    ...(whole.weights && { weights: whole.weights.filter(isOwn) }),
    ...own,
  };
}

const together = (one: StudyData, other: StudyData): StudyData =>
  mergeStudies({ data: one, folder: 'here' }, { data: other, folder: 'there' });

describe('mergeStudies', () => {
  const early = part([1, 2], { stages: [...shared, stage('preference', 1)], seconds: 16 });
  const late = part([3, 4], { stages: [...shared, stage('preference', 2)], seconds: 17 });

  test('gives what one command with all seeds gives, in either order', () => {
    expect(together(early, late)).toEqual(whole);
    expect(together(late, early)).toEqual({ ...whole, stages: expect.arrayContaining([...whole.stages]) });
  });

  test('takes a run that both have once, and names one on which they disagree', () => {
    expect(together(part([1, 2, 3]), part([3, 4]))).toMatchObject({ seeds: [1, 2, 3, 4], runs: whole.runs });
    const overlapping = part([2, 3, 4]);
    const slower = overlapping.runs.map((run) =>
      run.seed === 2 ? { ...run, seconds: run.seconds + 9 } : run,
    );
    expect(together(early, { ...overlapping, runs: slower })).toMatchObject({ runs: whole.runs });
    const other = {
      ...overlapping,
      runs: overlapping.runs.map((run) => ({ ...run, points: run.points.slice(1) })),
    };
    expect(() => together(early, other)).toThrow(
      /fig3 is both in here and in there, with other numbers for DPO, β = 0.01, D1, seed 2\. Leave one/,
    );
  });

  test.each<[string, Partial<PolicyStudyData>]>([
    ['back end', { backend: 'wasm' }],
    ['plan of looks', { looks: [2, 4] }],
    ['text, by its fingerprint', { corpus: { ...whole.corpus!, fingerprint: 'f0' } }],
    ['setting a', { settings: { ...whole.settings, a: 1 } }],
  ])('refuses another %s', (what, own) => {
    const one = part([1, 2], { settings: { ...whole.settings, a: 0 } });
    const other = part([3, 4], { settings: { ...whole.settings, a: 0 }, ...own });
    expect(() => together(one, other)).toThrow(`with another ${what} (`);
  });

  describe('of files in two places', () => {
    const hashes = {
      source: 'sha256:1.csv',
      'gold.judge': 'sha256:2.mjs',
      'objective of DPO': 'sha256:3.mjs',
    };
    const at = (root: string, seeds: readonly number[], own: Readonly<Record<string, string>> = {}) => {
      const data = part(seeds, {
        source: `${root}/posts.csv`,
        settings: { ...whole.settings, 'gold.judge': `${root}/judge.mjs` },
        hashes: { ...hashes, ...own },
      });
      const runs = data.runs.map((run) =>
        run.method.title === 'DPO'
          ? { ...run, method: { ...run.method, objective: `${root}/mine.mjs` } }
          : run,
      );
      return { ...data, runs };
    };

    test('takes equal contents for one study, and a run that both have once', () => {
      const merged = together(at('/a', [1, 2, 3]), at('/b', [3, 4])) as PolicyStudyData;
      expect(merged).toMatchObject({ source: '/a/posts.csv', seeds: [1, 2, 3, 4], hashes });
      expect(merged.runs).toHaveLength(whole.runs.length);
      const objectives = merged.runs.filter(({ method }) => method.title === 'DPO');
      expect(new Set(objectives.map(({ method }) => method.objective))).toEqual(new Set(['/a/mine.mjs']));
    });

    test.each([
      ['source', 'another source (/a/posts.csv, sha256:1.csv, /a/posts.csv, sha256:9.csv)'],
      ['gold.judge', 'another setting gold.judge (/a/judge.mjs, sha256:2.mjs, /a/judge.mjs, sha256:9.csv)'],
      [
        'objective of DPO',
        'another objective (/a/mine.mjs, sha256:3.mjs and /a/mine.mjs, sha256:9.csv) of DPO',
      ],
    ])('refuses another content of one path: %s', (setting, message) => {
      expect(() => together(at('/a', [1, 2]), at('/a', [3, 4], { [setting]: 'sha256:9.csv' }))).toThrow(
        message,
      );
    });

    test('compares paths where a part says no hashes', () => {
      const { hashes: _, ...old } = at('/b', [3, 4]);
      expect(() => together(at('/a', [1, 2]), old)).toThrow('another source (/a/posts.csv, /b/posts.csv)');
    });
  });

  test('refuses other weights of a model with one name', () => {
    const named = { ...whole.settings, 'policy.pretrained': 'owner/name' };
    const withWeights = (seeds: readonly number[], weights: string) =>
      part(seeds, { settings: named, hashes: { 'policy.pretrained': weights } });
    expect(() => together(withWeights([1, 2], 'f0'), withWeights([3, 4], 'f1'))).toThrow(
      'another setting policy.pretrained (owner/name, f0, owner/name, f1)',
    );
    expect(together(withWeights([1, 2], 'f0'), withWeights([3, 4], 'f0'))).toMatchObject({
      hashes: { 'policy.pretrained': 'f0' },
    });
  });

  test('refuses another method of the same title, and says in what it differs', () => {
    const smoothed = part([3, 4]).runs.map((run) =>
      run.method.title === 'DPO'
        ? { ...run, method: { ...run.method, objectiveOptions: { labelSmoothing: 0.3 } } }
        : run,
    );
    expect(() => together(early, part([3, 4], { runs: smoothed }))).toThrow(
      expect.objectContaining({
        code: 'another-study',
        message: expect.stringContaining(
          'with another objectiveOptions (none, {"labelSmoothing":0.3}) of DPO. Leave one of them out.',
        ),
      }),
    );
    const spelledOut = late.runs.map((run) => ({
      ...run,
      method: { behavior: 'reference' as const, ...run.method },
    }));
    expect(together(early, { ...late, runs: spelledOut })).toMatchObject({ seeds: [1, 2, 3, 4] });
  });

  test.each([
    ['corpus', 'text'],
    ['sft', 'SFT model'],
    ['gold', 'gold model'],
    ['judge', 'judge'],
  ])('refuses another %s stage, and takes a part whose stage was removed since', (kind, name) => {
    const withStage = (data: PolicyStudyData, seconds: number): PolicyStudyData => ({
      ...data,
      stages: [...data.stages.filter((each) => each.kind !== kind), stage(kind, seconds)],
    });
    const [one, other] = [withStage(early, 71), withStage(late, 72)];
    expect(() => together(one, other)).toThrow(
      `with another ${name} (${kind} stage ${kind}71 and ${kind}72). Leave one`,
    );
    expect(together(one, withStage(late, 71))).toMatchObject({ seeds: [1, 2, 3, 4] });
    const removed = { ...late, stages: late.stages.filter((each) => each.kind !== kind) };
    expect(together(one, removed)).toMatchObject({ seeds: [1, 2, 3, 4] });
  });

  test('names pairs and weights on which both disagree', () => {
    const overlapping = part([2, 3]);
    const fewer = overlapping.pairs.map((pairs) => ({ ...pairs, pairs: 1 }));
    expect(() => together(early, { ...overlapping, pairs: fewer })).toThrow(
      'with other pairs of D1, seed 2. Leave one',
    );
    const weights = (seed: number, logWeight: number) => ({
      method: 'AIS-DPO',
      beta: 0.01,
      seed,
      logWeight: [logWeight],
      goldMargin: [1],
      chosenLength: [2],
      rejectedLength: [3],
    });
    const own = { ...early, weights: [weights(2, 0.1)] };
    expect(() => together(own, { ...overlapping, weights: [weights(2, 0.2)] })).toThrow(
      'with other weights of AIS-DPO, β = 0.01, seed 2. Leave one',
    );
  });

  test('keeps what either part planned', () => {
    const plan = (betas: readonly number[]) => [{ method: 'DPO', data: 'D1' as const, betas }];
    const merged = together(part([1, 2], { planned: plan([0.1]) }), part([3, 4], { planned: plan([0.01]) }));
    expect(merged).toMatchObject({ planned: plan([0.1, 0.01]) });
    expect(together(early, late)).not.toHaveProperty('planned');
  });

  test('its command has the looks of the study, whichever option said them', () => {
    const looks = [3, 6, 12];
    const commandOf = (data: StudyData) => data.command.replace('ais study fig3 --scale small ', '');
    const begun = part([1, 2], { looks, command: 'ais study fig3 --scale small --seeds 3,6,12' });
    const rest = part([3, 4], { looks });
    const merged = together(begun, rest);
    expect(commandOf(merged)).toBe("--seeds 4 --set 'looks=[3,6,12]'");
    const last = part([1], { looks, seeds: [5, 6, 7, 8, 9, 10, 11, 12], runs: [], pairs: [] });
    expect(commandOf(together(begun, { ...last, seeds: [3, 4, ...last.seeds] }))).toBe('--seeds 3,6,12');
    const set = part([1, 2], {
      looks,
      command: "ais study fig3 --scale small --seeds 1-2 --set 'looks=[3,6,12]'",
    });
    expect(commandOf(together(set, rest))).toBe("--seeds 4 --set 'looks=[3,6,12]'");
  });

  test('refuses studies without seeds of training', () => {
    expect(() => together(exampleMixtureStudy(), exampleMixtureStudy())).toThrow('nothing to put together');
  });

  test('keeps the versions of both, and names seeds that are not the first ones', () => {
    const merged = together(early, { ...part([4, 5]), versions: { node: '22.1.0', tensorflow: '2.15.1' } });
    expect(merged).toMatchObject({
      command: 'ais study fig3 --scale small --seeds 1-2,4-5 --backend native',
      versions: { node: '20.20.2, 22.1.0', tensorflow: '2.15.1' },
    });
  });
});

test('the parts of a study decide nothing before its first look, however many seeds they have', () => {
  const looks = { looks: [4, 8] };
  const always = { statement: 'It is.', bound: { above: 0 } };
  const number = () =>
    ({ name: 'it', unit: 'number', value: 1, low: 1, high: 1, covers: 'everything' }) as never;
  const verdicts = (study: StudyData) =>
    judgeClaims([{ ...always, number }], study as PolicyStudyData).map(({ claim }) => claim);
  expect(verdicts(part([1, 2], looks))).toMatchObject([{ verdict: 'open', look: 0, seeds: [1, 2] }]);
  expect(verdicts(together(part([1, 2], looks), part([3, 4], looks)))).toMatchObject([
    { verdict: 'shown', look: 1 },
  ]);
  const lookAtTwo = { looks: [2, 4] };
  expect(verdicts(part([3, 4], lookAtTwo))).toMatchObject([{ verdict: 'open', look: 0, seeds: [3, 4] }]);
  // Of the seeds after a gap, no look has been.
  const gap = part([1, 2, 4], { looks: [2, 3, 4] });
  const open = () => ({ name: 'it', unit: 'number', value: 0, low: -1, high: 1, covers: 'seeds' }) as never;
  expect(judgeClaims([{ ...always, number: open }], gap)[0]?.claim).toMatchObject({ look: 1, seeds: [1, 2] });
});
