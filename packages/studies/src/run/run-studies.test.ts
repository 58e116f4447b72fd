import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TextRecord } from '@ais/data';
import { syntheticSource } from '@ais/data/synthetic';
import type { PipelineProgress as StageProgress } from '@ais/pipeline';
import { useBackend } from '@ais/runtime';
import { sha256 } from '@ais/runtime/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { presetOf } from '../../test/preset-of.js';
import { tinyStudy } from '../../test/tiny-study.js';
import { builtInStudies, type StudyCatalog } from '../catalog/catalog.js';
import type { StudyClaim } from '../claims/study-claim.js';
import {
  type Claim,
  isMixtureStudy,
  isPolicyStudy,
  type PolicyStudyData,
  type StudyGold,
} from '../data/study-data.js';
import { exactly } from '../measures/measured-number.js';
import { describeStudies } from '../plan/describe-plan.js';
import { studyStore } from '../plan/study-store.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import type { PolicyStudy } from '../study/study.js';
import { type RunStudiesOptions, runStudies } from './run-studies.js';
import { runSearch } from './study-search.js';

const scratch = mkdtempSync(join(tmpdir(), 'ais-study-'));
const backend = await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
const run = (name: string, options: Partial<RunStudiesOptions> & Pick<RunStudiesOptions, 'studies'>) =>
  runStudies({ store: join(scratch, name), out: join(scratch, `${name}-out`), backend, ...options });
/** The folders of finished stages. */
const stagesIn = (name: string): string[] =>
  readdirSync(join(scratch, name)).filter((folder) => !folder.startsWith('.'));
const studies = [tinyStudy('fig11'), tinyStudy('fig6')];

const heardFirst: StageProgress[] = [];

beforeAll(async () => {
  await run('first', { studies, progress: (report) => heardFirst.push(report) });
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** What a study measured: everything but times. */
function measured(name: string, study: string): PolicyStudyData {
  const path = join(scratch, `${name}-out`, study, 'study.json');
  const { seconds: _, runs, ...data } = JSON.parse(readFileSync(path, 'utf8')) as PolicyStudyData;
  return { ...data, seconds: 0, runs: runs.map((own) => ({ ...own, seconds: 0 })) };
}

describe('a study', () => {
  test('evaluates each method on each data set at the start and at the end', () => {
    const { runs, gold, pairs, samples, families, corpus } = measured('first', 'fig11');
    expect(runs.map(({ method, data }) => `${method.title} ${data}`)).toEqual([
      'DPO D1',
      'AIS-DPO D1',
      'DPO D2',
      'AIS-DPO D2',
      'DPO D3',
      'AIS-DPO D3',
    ]);
    for (const { points, training: curve } of runs) {
      expect(points.map(({ fraction }) => fraction)).toEqual([0, 1]);
      expect(points[0]?.kl.mean).toBeLessThan(1e-6);
      expect(points[1]?.kl.mean).toBeGreaterThan(0);
      expect(curve.at(-1)?.fraction).toBe(1);
    }
    // The sets are sampled from three policies, so that they teach differently.
    const ends = ['D1', 'D2', 'D3'].map((set) => runs.find(({ data }) => data === set)?.points[1]?.kl.mean);
    expect(new Set(ends).size).toBe(3);
    expect(families).toHaveLength(corpus?.splits.evaluation ?? 0);
    expect(gold).toMatchObject({ pairs: expect.any(Number) });
    expect(pairs?.map(({ data }) => data)).toEqual(['D1', 'D2', 'D3']);
    expect(pairs?.every(({ meanMargin }) => meanMargin > 0)).toBe(true);
    expect(samples[0]?.responses.map(({ method }) => method)).toEqual([
      'SFT',
      ...runs.map(({ method, data }) => `${method.title}, β = 0.01${data === 'D1' ? '' : `, ${data}`}`),
    ]);
  });

  test('has an online method beside the others, and shares their runs with other studies', () => {
    const { runs } = measured('first', 'fig6');
    expect(runs.map(({ method }) => method.title)).toEqual(['RLOO', 'DPO', 'AIS-DPO']);
    expect(runs.slice(1)).toEqual(measured('first', 'fig11').runs.slice(0, 2));
    const folders = stagesIn('first').map((folder) => folder.split('-')[0]);
    expect(folders.filter((kind) => kind === 'preference')).toHaveLength(6);
    expect(folders.filter((kind) => kind === 'corpus')).toHaveLength(1);
  });

  test('with looks takes further seeds while a claim is open', async () => {
    const base = tinyStudy('fig11');
    const looking = { ...base, seeds: [1, 2, 3], looks: [1, 2, 3], runs: base.runs.slice(0, 2) };
    const [data] = await run('first', { studies: [looking], out: join(scratch, 'looks-out') });
    expect(data).toMatchObject({ seeds: [1, 2, 3], looks: [1, 2, 3] });
    const claims = JSON.parse(readFileSync(join(scratch, 'looks-out', 'claims.json'), 'utf8')) as Claim[];
    expect(claims.length).toBeGreaterThan(0);
    for (const { verdict, look, seeds } of claims) {
      expect(look).toBe(seeds.length);
      if (verdict === 'open') expect(look).toBe(3);
    }
  });

  test('with looks ends at the first that leaves no claim open', async () => {
    const base = tinyStudy('fig11');
    const looking = { ...base, seeds: [1, 2, 3], looks: [2, 3], runs: base.runs.slice(0, 2) };
    const study = builtInStudies.find(({ name }) => name === 'fig11') as PolicyStudy;
    const sure: StudyClaim = {
      statement: 'There are runs.',
      number: ({ runs }) => exactly('runs', 'number', runs.length),
      bound: { above: 0 },
    };
    const catalog: StudyCatalog = { studies: [], find: () => ({ ...study, claims: [sure] }) };
    const [data] = await run('first', { studies: [looking], out: join(scratch, 'sure-out'), catalog });
    expect(data).toMatchObject({ seeds: [1, 2], looks: [2, 3] });
  });

  test('does the stages that its plan lists, those of a second judge and of the start among them', async () => {
    const base = tinyStudy('fig11');
    const looking = {
      ...base,
      seeds: [1, 2],
      looks: [1, 2],
      runs: base.runs.slice(0, 2),
      evaluation: { ...base.evaluation, secondJudge: 'prose' as const },
    };
    const exact = presetOf('exact', { seeds: [2] });
    const options = { studies: [looking, exact], store: join(scratch, 'planned') };
    const plan = await describeStudies({ ...options, backend: backend.backend, processes: 1 });
    const kinds = new Set(plan.stages.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(
      ['baseline', 'corpus', 'exact', 'gold', 'pairs', 'preference', 'prose', 'sft'].toSorted(),
    );
    // The second seed has pairs, a start, two runs, and their prose of its own.
    const total = plan.stages.length;
    expect(plan.looks).toMatchObject([
      { stages: total - 6, finished: 0, unknown: total - 6 },
      { stages: total, finished: 0, unknown: total },
    ]);
    await run('planned', options);
    expect(stagesIn('planned').toSorted()).toEqual(
      plan.stages.map(({ folder }) => basename(folder)).toSorted(),
    );
    const after = await describeStudies({ ...options, backend: backend.backend, processes: 1 });
    expect(after).toMatchObject({ finished: total, unknown: 0, expectedSeconds: 0 });
    // One report is of both: neither is written before its own stages are done.
    const report = readFileSync(join(scratch, 'planned-out', 'README.md'), 'utf8');
    expect(report).toContain('| exact |');
    expect(report).toContain('| fig11 |');
  });

  test('leaves no checkpoints and no locks', () => {
    for (const folder of stagesIn('first')) {
      const left = readdirSync(join(scratch, 'first', folder));
      expect(left).toContain('stage.json');
      expect(left).not.toContain('checkpoints');
      expect(left.filter((file) => file.includes('lock'))).toEqual([]);
    }
  });

  test('changes nothing of what other stages have left, also where a method reads the log-probability of each token', async () => {
    const some = tinyStudy('controls');
    await run('first', {
      studies: [{ ...some, runs: some.runs.filter(({ method }) => method.objective === 'humanline-dpo') }],
    });
    for (const folder of stagesIn('first').map((name) => join(scratch, 'first', name))) {
      const { files } = JSON.parse(readFileSync(join(folder, 'stage.json'), 'utf8')) as {
        readonly files: Readonly<Record<string, string>>;
      };
      const found = Object.keys(files).map((name) => [name, sha256(readFileSync(join(folder, name)))]);
      expect(Object.fromEntries(found)).toEqual(files);
    }
  });

  test('finds the stages of another study finished', async () => {
    const { stages } = await describeStudies({
      studies: [tinyStudy('fig4')],
      store: join(scratch, 'first'),
      backend: backend.backend,
      processes: 1,
    });
    expect(stages.map(({ state }) => state)).toEqual(stages.map(() => 'finished'));
    const heard: unknown[] = [];
    const hear = (report: unknown): number => heard.push(report);
    await run('first', { studies: [tinyStudy('fig4')], progress: hear, onStages: hear });
    const total = stages.length;
    expect(heard).toEqual([{ finished: total, total, expectedSeconds: 0, unknown: 0 }]);
  });

  test('keeps the log-weights of weighted methods', async () => {
    const some = tinyStudy('weights');
    await run('first', { studies: [{ ...some, runs: some.runs.slice(0, 1) }] });
    const { weights } = measured('first', 'weights');
    expect(weights).toHaveLength(1);
    expect(weights?.[0]?.logWeight).toHaveLength(8);
    expect(weights?.[0]?.logWeight.every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
    expect(weights?.[0]?.goldMargin.every((margin) => margin > 0)).toBe(true);
  });

  test.each(['AIS-DPO, β 0.01, D1, seed 1', 'RLOO, β 0.01, D1, seed 1'])(
    'reports evaluations beside the training of %s, never between its steps',
    (title) => {
      const of = (task: string): StageProgress[] => heardFirst.filter((report) => report.task === task);
      const steps = of(title).map(({ completed }) => completed);
      expect(steps).toEqual(steps.map((_, index) => index + 1));

      // 8 responses sampled and scored, and 4 measured; the start is measured, and the references scored, once for all runs of a seed.
      const evaluations = of(`evaluation of ${title}`);
      const ends = evaluations.filter(({ completed, total }) => completed === total);
      expect(ends).toMatchObject([{ total: 20, detail: `step ${steps.length}` }]);
      const counts = evaluations.map(({ completed }) => completed);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      for (const done of [8, 16, 20]) expect(counts).toContain(done);
    },
  );

  test("reports the final log-probabilities of a weighted method's pairs", () => {
    const finals = heardFirst.filter(({ task }) => task.startsWith('final policy of '));
    expect(finals.at(-1)).toMatchObject({ completed: 8, total: 8, detail: 'log-probabilities' });
    expect(finals.every(({ task }) => task.includes('AIS-DPO'))).toBe(true);
  });

  test('writes one row a point', () => {
    const rows = readFileSync(join(scratch, 'first-out', 'fig11', 'points.csv'), 'utf8')
      .trim()
      .split('\n');
    expect(rows[0]).toMatch(/^method,objective,beta,data,seed,fraction,step,win_rate/);
    expect(rows).toHaveLength(1 + 6 * 2);
  });
});

test('what rests on two texts is refused', async () => {
  const records = (name: string) =>
    stagesIn(name).map((folder) => {
      const path = join(scratch, name, folder, 'stage.json');
      return { path, record: JSON.parse(readFileSync(path, 'utf8')) };
    });
  const { key } = records('first').find(({ record }) => record.kind === 'corpus')?.record ?? {};
  const corpora = records('first').map(({ record }) => record.fingerprints[key]);
  expect(corpora[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(corpora).size).toBe(1);

  cpSync(join(scratch, 'first'), join(scratch, 'remade'), { recursive: true });
  const corpus = records('remade').find(({ record }) => record.kind === 'corpus');
  // As if it had been removed, and made again from another text of the same name.
  writeFileSync(
    corpus?.path ?? '',
    JSON.stringify({ ...corpus?.record, fingerprints: { [key]: 'another' } }),
  );
  const some = tinyStudy('fig4');
  const due = [{ ...some, runs: some.runs.slice(0, 1).map((own) => ({ ...own, beta: 0.5 })) }];
  await expect(run('remade', { studies: due })).rejects.toMatchObject({
    name: 'StagesFailed',
    message: expect.stringContaining('made from different data'),
    cause: {
      name: 'WorkflowError',
      code: 'inputs-changed',
      message: expect.stringContaining(join(scratch, 'remade')),
    },
  });
  writeFileSync(corpus?.path ?? '', JSON.stringify({ ...corpus?.record, fingerprints: undefined }));
  expect(await run('remade', { studies: due })).toHaveLength(1);
});

test('a stage that another command works on is passed over, and waited for', async () => {
  const few = { ...tinyStudy('fig11'), runs: tinyStudy('fig11').runs.slice(0, 2) };
  const { stages } = await describeStudies({
    studies: [few],
    store: join(scratch, 'shared'),
    backend: backend.backend,
    processes: 1,
  });
  const held = stages.find(({ title }) => title === 'SFT, seed 1')?.folder ?? '';
  const attempt = await (await studyStore(join(scratch, 'shared'))).begin({
    kind: 'sft',
    key: '',
    folder: basename(held),
    settings: {},
    needs: {},
    title: 'SFT',
  });
  const tasks: string[] = [];
  await run('shared', {
    studies: [few],
    progress: ({ task }) => {
      tasks.push(task);
      if (task === 'SFT of the gold model, seed 1') void attempt.release();
    },
  });
  expect(tasks.indexOf('SFT of the gold model, seed 1')).toBeLessThan(tasks.indexOf('SFT, seed 1'));
  expect(measured('shared', 'fig11').runs).toEqual(measured('first', 'fig11').runs.slice(0, 2));
});

test('a study starts from models, comparisons and splits that are there', async () => {
  // Stands in for the pretrained models, people's comparisons and TL;DR, which the paper's scale reads from the Hub.
  const pretrained = join(scratch, 'pretrained');
  const folder = (kind: string): string => {
    const found = stagesIn('first').find((name) => name.startsWith(`${kind}-`));
    return join(scratch, 'first', found ?? '');
  };
  cpSync(join(folder('sft'), 'model'), pretrained, { recursive: true });
  // Models of the Hub say nothing of a template.
  for (const name of ['text.json', 'manifest.json']) rmSync(join(pretrained, name), { force: true });
  const records: TextRecord[] = [];
  for await (const record of syntheticSource({ seed: 3, count: 128 }).records()) records.push(record);
  const lines = (values: readonly object[]): string =>
    values.map((value) => JSON.stringify(value)).join('\n');
  writeFileSync(
    join(scratch, 'posts.jsonl'),
    lines(records.map(({ prompt, response }) => ({ prompt, completion: response }))),
  );
  writeFileSync(
    join(scratch, 'comparisons.jsonl'),
    lines(
      records.map((record) => ({
        prompt: record.prompt,
        chosen: record.response,
        rejected: ' Nothing.',
      })),
    ),
  );
  const base = tinyStudy('fig4');
  const splits = { supervised: 'train', reward: 'train', preference: 'train', evaluation: 'train' };
  const [data] = await run('stand-in', {
    studies: [
      {
        ...base,
        source: join(scratch, 'posts.jsonl'),
        corpus: { ...base.corpus, splits, longResponses: 'cut' },
        policy: { pretrained },
        gold: { ...base.gold, model: { pretrained }, judge: join(scratch, 'comparisons.jsonl') },
        runs: base.runs.slice(0, 1),
      },
    ],
  });
  if (!data || !isPolicyStudy(data)) throw new Error('fig4 has policy data.');
  const { pairs, accuracy, interval, logLoss, calibrationError } = data.gold as StudyGold;
  expect(pairs).toBe(32);
  expect(interval.low).toBeLessThan(accuracy);
  expect(logLoss).toBeGreaterThan(0);
  expect(calibrationError).toBeLessThanOrEqual(0.5);
  expect(data.runs[0]?.points).toHaveLength(2);
});

describe('a study that is stopped', () => {
  test.each<[string, (progress: StageProgress) => boolean]>([
    ['in SFT', ({ task, completed }) => task === 'SFT, seed 1' && completed === 1],
    ['in a run', ({ task, completed }) => task === 'AIS-DPO, β 0.01, D1, seed 1' && completed === 1],
  ])('resumes %s and ends as if it had not been interrupted', async (name, stopsAt) => {
    const few = tinyStudy('fig11');
    const shortened = [{ ...few, runs: few.runs.slice(0, 2) }];
    const controller = new AbortController();
    const interrupted = run(name, {
      studies: shortened,
      signal: controller.signal,
      progress: (progress) => stopsAt(progress) && controller.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({
      name: expect.stringMatching(/TrainingInterrupted|AbortError/),
    });
    await run(name, { studies: shortened });
    expect(measured(name, 'fig11').runs).toEqual(measured('first', 'fig11').runs.slice(0, 2));
  });
});

test('a run that fails takes nothing with it but itself, and the message says whether there are data', async () => {
  const some = tinyStudy('fig4');
  const bad = { ...some.runs[0], beta: 0.5, training: { learningRate: 1e30 } } as (typeof some.runs)[number];
  const failing = { ...some, runs: [bad, ...some.runs.slice(0, 1)] };
  await expect(run('first', { studies: [{ ...some, runs: [bad] }] })).rejects.toMatchObject({
    message: expect.stringContaining(
      'was finished; no run is among it, so no data were written. Run the same command to resume.',
    ),
  });
  await expect(run('first', { studies: [failing] })).rejects.toMatchObject({
    name: 'StagesFailed',
    message: expect.stringMatching(
      /DPO, β 0\.5, D1, seed 1[\s\S]*was finished, and its data are in .*first-out\. Run the same command/u,
    ),
  });
  expect(measured('first', 'fig4').runs).toEqual(measured('first', 'fig11').runs.slice(0, 1));
});

test('what reports only what is finished says that another command runs the rest', async () => {
  const some = tinyStudy('fig4');
  const none = { studies: [some], onlyFinished: true };
  await expect(run('nothing', none)).rejects.toMatchObject({
    name: 'StagesFailed',
    message: expect.stringMatching(
      /No run is finished, so no data were written\. To run the stages, give the same command without --only-finished\.$/,
    ),
  });
  expect(existsSync(join(scratch, 'nothing-out'))).toBe(false);
  const further = {
    ...some,
    runs: [...some.runs, { ...some.runs[0], beta: 0.25 } as (typeof some.runs)[number]],
  };
  const out = join(scratch, 'partly-out');
  await expect(run('first', { studies: [further], onlyFinished: true, out })).rejects.toMatchObject({
    message: expect.stringContaining(
      `The data of what is finished are in ${out}. To run the rest, give the same command without --only-finished.`,
    ),
  });
  expect(existsSync(join(out, 'fig4', 'study.json'))).toBe(true);
  const [rate] = some.runs;
  const search = { ...some, study: 'search', runs: rate ? [rate] : [] };
  const options = { store: join(scratch, 'nothing'), out: join(scratch, 'nothing-found'), backend };
  await expect(runSearch(search, { ...options, onlyFinished: true })).rejects.toThrow('no data were written');
});

test('pairs of others, the best checkpoint, more prompts where it was named, another temperature, and a second judge', async () => {
  const plain = tinyStudy('readings');
  const [dpoD0, dpoD1] = plain.runs.filter(({ method }) => method.importance === 'none');
  const study: PolicyStudySettings = {
    ...plain,
    shift: { beta: 0.01, early: 0.5, late: 'best' },
    preference: { ...plain.preference, epochs: 2 },
    evaluation: {
      points: 4,
      prompts: 4,
      klPrompts: 8,
      temperature: 0.01,
      otherTemperature: 1,
      weightedPairs: 8,
      allPromptsAt: [0.25],
      secondJudge: 'prose',
    },
    runs: [dpoD0!, { ...dpoD1!, data: 'D3' }],
  };
  const [data] = await run('first', { studies: [study], out: join(scratch, 'readings-out') });
  const { runs, pairs } = data as PolicyStudyData;
  expect(pairs.map(({ data: set }) => set)).toEqual(['D0', 'D3']);
  for (const { points } of runs) {
    expect(points.map(({ winRate }) => winRate.n)).toEqual([8, 8, 4, 4, 8]);
    expect(points.map(({ kl }) => kl.perPrompt?.length)).toEqual([8, 8, 4, 4, 8]);
    // Another temperature at both ends, the second judge at the end.
    const [first, ...along] = points;
    const last = along.pop();
    for (const end of [first, last]) expect(end?.otherTemperature?.kl.perPrompt).toHaveLength(8);
    expect(last?.prose).toMatchObject({ outcomes: { length: 8 }, scores: { length: 8 } });
    for (const point of along) expect(point.otherTemperature).toBeUndefined();
    for (const point of [first, ...along]) expect(point?.prose).toBeUndefined();
  }
  const names = stagesIn('first').filter((name) => name.startsWith('shift-'));
  // One run of fixed shares from before, and one that was measured.
  expect(names).toHaveLength(2);
  const stages = names.map((name) =>
    JSON.parse(readFileSync(join(scratch, 'first', name, 'stage.json'), 'utf8')),
  );
  expect(stages.map(({ result }) => result)).toContainEqual(
    expect.objectContaining({ early: 1, late: expect.any(Number) }),
  );
});

test('a search says of each learning rate whether DPO over-optimizes, and shares the rate of the studies', async () => {
  const { method: dpo } = tinyStudy('fig4').runs[0] ?? {};
  if (!dpo) throw new Error('fig4 has runs.');
  const search: PolicyStudySettings = {
    ...tinyStudy('fig4'),
    study: 'search',
    runs: [1e-3, 1e-2].map((learningRate) => ({
      method: dpo,
      beta: 0.01,
      data: 'D1',
      training: { learningRate },
    })),
  };
  const done: number[] = [];
  const { rates, falls } = await runSearch(search, {
    store: join(scratch, 'first'),
    out: join(scratch, 'search-out'),
    backend,
    onStages: ({ finished }) => done.push(finished),
  });
  // The corpus, two SFT models, gold, the evaluation of the start, pairs, and the run of figures 4, 6 and 11.
  expect(done).toEqual([7, 8]);
  expect(rates.map(({ learningRate }) => learningRate)).toEqual([1e-3, 1e-2]);
  const [slow, fast] = rates;
  expect(slow?.start).toBe(fast?.start);
  expect(fast?.squareRootKl).toBeGreaterThan(slow?.squareRootKl ?? Number.NaN);
  for (const { peak, end, fall } of rates) expect(fall).toBeCloseTo(peak - end);
  // Of one seed the mean is that seed's.
  expect(falls?.map(({ learningRate, seeds }) => [learningRate, seeds])).toEqual([
    [1e-3, 1],
    [1e-2, 1],
  ]);
  for (const [index, { fall }] of falls!.entries()) expect(fall).toBeCloseTo(rates[index]!.fall);
  const rows = readFileSync(join(scratch, 'search-out', 'search.csv'), 'utf8')
    .trim()
    .split('\n');
  expect(rows[0]).toMatch(/^learningRate,seed,start,peak/);
  expect(rows).toHaveLength(3);
});

test('fig1 correlates as the paper says: about 0.2 unweighted, above 0.7 importance-weighted', async () => {
  const [data] = await run('mixture', { studies: [presetOf('fig1')] });
  if (!data || !isMixtureStudy(data)) throw new Error('fig1 has mixture data.');
  expect(data.mixture.correlation.muWeighted).toBeCloseTo(0.2, 1);
  expect(data.mixture.correlation.importanceWeighted).toBeGreaterThan(0.7);
});
