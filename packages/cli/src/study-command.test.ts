import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { scales } from '@ais/pipeline/settings';
import { describe, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { scratchFolder } from '../test/scratch-folder.js';
import { defaultFolder } from './commands/study.js';
import { runProgram } from './program.js';

const scratch = scratchFolder();
const output = capturedOutput();

const study = (...argv: string[]): Promise<number> =>
  runProgram(['study', ...argv, '--out', scratch('out'), '--store', scratch('store')]);

test('ais study fig1 --json gives the two correlations, and all data', async () => {
  expect(await study('fig1', '--json')).toBe(0);
  const { correlation, mixture, command } = JSON.parse(output.out);
  expect(correlation.muWeighted).toBeCloseTo(0.2, 1);
  expect(correlation.importanceWeighted).toBeGreaterThan(0.7);
  expect(mixture.muWeighted.sampled).toHaveLength(mixture.thetas.length);
  expect(command).toBe('ais study fig1 --scale tiny --seeds 1');
  expect(readdirSync(scratch('out', 'fig1')).sort()).toEqual(
    expect.arrayContaining(['points.csv', 'study.json']),
  );
});

describe('a dry run', () => {
  test('lists settings and stages, and writes nothing', async () => {
    expect(await study('fig2', '--scale', 'paper', '--seeds', '2', '--dry-run', '--json')).toBe(0);
    const { studies, stages, unknown } = JSON.parse(output.out);
    expect(studies[0].policy).toEqual({ pretrained: scales.paper.pretrained?.policy });
    // The corpus, two SFT models and the gold model; of each seed D1, the evaluation of the start, and 16 runs.
    expect(stages).toHaveLength(1 + 2 + 1 + 2 * (1 + 1 + 16));
    expect(unknown).toBe(stages.length);
    expect(readdirSync(scratch())).toEqual([]);
  });

  test('adds up what a judge with a budget may be asked for', async () => {
    expect(
      await study('fig3', '--judge', 'openai:small', '--api-calls', '1000', '--dry-run'),
      output.err,
    ).toBe(0);
    // The judge's own stage; of the seed its pairs, its start, and four runs.
    expect(output.out).toMatch(/\nAt most 7000 requests of the judge: the budgets of 7 stages together\.\n$/);
  });

  test('finds a store that could not be made', async () => {
    writeFileSync(scratch('plain'), '');
    const argv = [
      'study',
      'fig1',
      '--dry-run',
      '--out',
      scratch('out'),
      '--store',
      scratch('plain', 'store'),
    ];
    expect(await runProgram(argv)).toBe(1);
    expect(output.err).toMatch(/A part of \S+ is a file where a folder is needed.*\(--store\)/);
    expect(readdirSync(scratch())).toEqual(['plain']);
  });

  test('of the demo on a model lists what it trains, from which settings, and downloads nothing', async () => {
    const argv = ['demo', '--model', 'nobody/chat', '--lora', '--seed', '3', '--dry-run', '--json'];
    expect(await runProgram([...argv, '--out', scratch('out')]), output.err).toBe(0);
    const { studies, stages } = JSON.parse(output.out);
    expect(studies[0]).toMatchObject({
      study: 'demo-model',
      seeds: [3],
      backend: 'native',
      policy: { pretrained: 'nobody/chat' },
      corpus: { seed: 3 },
      preference: { lora: { rank: 16 } },
    });
    expect(stages.map(({ title }: { readonly title: string }) => title)).toEqual([
      'corpus',
      'judge',
      'SFT, seed 3',
      'responses of the start, seed 3',
      'evaluation of the start, seed 3',
      'pairs, D1, seed 3',
      'DPO, β 0.01, D1, seed 3',
      'AIS-DPO, β 0.01, D1, seed 3',
    ]);
    expect(readdirSync(scratch())).toEqual([]);
  });

  test('of all studies names each shared stage once', async () => {
    expect(await study('all', '--dry-run')).toBe(0);
    const stages = output.out.split('\n').filter((line) => line.startsWith('due '));
    expect(new Set(stages).size).toBe(stages.length);
    expect(stages.filter((line) => line.includes(' DPO, β 0.01, D1, seed 1 '))).toHaveLength(1);
  });

  test('has settings from a file and from flags over those of the preset', async () => {
    const file = scratch('study.yaml');
    writeFileSync(file, 'preference: { learningRate: 3.0e-5, batchSize: 8 }\n');
    const set = ['--config', file, '--set', 'preference.batchSize=4'];
    expect(await study('fig3', ...set, '--dry-run', '--json')).toBe(0);
    expect(JSON.parse(output.out).studies[0].preference).toMatchObject({
      learningRate: 3e-5,
      batchSize: 4,
      epochs: 1,
    });
  });
});

test('several studies run together, at other β and with controls', async () => {
  const set = ['--set', 'betas=[0.05]', '--set', 'controls=[mean-weight]'];
  expect(await study('fig3,readings', ...set, '--dry-run', '--json'), output.err).toBe(0);
  const { studies } = JSON.parse(output.out);
  const runs = studies.map((each: { runs: { method: { title: string }; beta: number; data: string }[] }) =>
    each.runs.map(({ method, beta, data }) => `${method.title} ${beta} ${data}`),
  );
  expect(runs[0]).toContain('mean weight alone 0.05 D1');
  expect(runs[1]).toEqual(
    expect.arrayContaining(['DPO 0.05 D0', 'AIS-DPO 0.05 D1', 'mean weight alone 0.05 D0']),
  );
});

describe('a custom study with a custom objective', () => {
  const losses = '({ policyRejected }) => ({ losses: policyRejected.clone(), metrics: {} })';
  const objective = (evaluate: string): string =>
    `export default { specificationVersion: 'v1', name: 'mine',
       requires: { feedback: 'pairs', reference: false }, evaluate: ${evaluate} };`;
  const begun = (evaluate: string, objectivePath: string): string => {
    mkdirSync(scratch('mine'));
    writeFileSync(scratch('mine', 'objective.mjs'), objective(evaluate));
    const run = `{ title: Mine, objective: ${objectivePath}, importance: none, beta: 0.1 }`;
    const file = scratch('mine', 'study.yaml');
    writeFileSync(
      file,
      `name: mine\ntitle: Mine\nruns: [${run}]\nsettings: { gold: { judge: ./judge.mjs } }\n`,
    );
    return file;
  };

  test('finds it, and its judge, beside the file', async () => {
    const file = begun(losses, './objective.mjs');
    writeFileSync(scratch('mine', 'judge.mjs'), '');
    expect(await study(file, '--dry-run', '--json'), output.err).toBe(0);
    const [{ runs, gold }] = JSON.parse(output.out).studies;
    expect(runs[0].method.objective).toBe(scratch('mine', 'objective.mjs'));
    expect(gold.judge).toBe(scratch('mine', 'judge.mjs'));
    // A settings file with other runs is another file.
    writeFileSync(
      scratch('over.yaml'),
      'runs: [{ method: { title: Over, objective: ./mine/objective.mjs, importance: none }, beta: 1, data: D1 }]',
    );
    expect(await study('fig3', '--config', scratch('over.yaml'), '--dry-run', '--json')).toBe(0);
    expect(JSON.parse(output.out.trim().split('\n').at(-1) ?? '').studies[0].runs[0].method).toMatchObject({
      objective: scratch('mine', 'objective.mjs'),
    });
  });

  test.each([
    ['--dry-run', './objective.mjs', '() => { throw new Error("no such tensor") }', /no such tensor/],
    [
      '--json',
      './objective.mjs',
      '({ policyChosen }) => ({ losses: policyChosen.logarithm(), metrics: {} })',
      /\.logarithm/,
    ],
    [
      '--json',
      './objective.mjs',
      '({ referenceChosen: r }) => ({ losses: r.clone(), metrics: {} })',
      /failed on a batch of what its `requires` names/,
    ],
    ['--dry-run', './none.mjs', losses, /none\.mjs: the file does not exist/],
  ])(
    'says before the first stage what is wrong with it: %s, %s, %s',
    async (flag, path, evaluate, message) => {
      expect(await study(begun(evaluate, path), flag)).toBe(2);
      expect(output.err).toMatch(/objective .*mine\/(objective|none)\.mjs: /);
      expect(output.err).toMatch(message);
      expect(existsSync(scratch('store'))).toBe(false);
    },
  );
});

describe('the folder of a study, where none is given,', () => {
  const configured = async (name: string): Promise<string> => {
    const { configureStudies } = await import('@ais/studies/settings');
    return defaultFolder(await configureStudies({ name }, scratch('store')));
  };

  test.each([
    ['fig3', 'study-fig3-tiny-1-seed'],
    ['fig2,fig3', 'study-fig2,fig3-tiny-1-seed'],
    ['exact', 'study-exact-tiny-6-seeds'],
    ['search', 'study-search-tiny-3-seeds'],
  ])('is one under runs/: %s', async (name, folder) => {
    expect(await configured(name)).toBe(join('runs', folder));
  });

  test('is one of its name where its file is elsewhere', async () => {
    const file = scratch('own', 'm.yaml');
    mkdirSync(scratch('own'));
    writeFileSync(file, 'name: mine\ntitle: Mine\nruns: [{ title: DPO, beta: 0.1 }]\n');
    expect(await configured(file)).toBe(join('runs', 'study-mine-tiny-1-seed'));
    expect(await configured(relative(process.cwd(), file))).toBe(join('runs', 'study-mine-tiny-1-seed'));
  });
});

describe('wrong usage ends with status 2, says what is possible, and writes nothing', () => {
  test.each<[string[], RegExp]>([
    [[], /Name a study: fig1, /],
    [['fig13'], /no study "fig13".*fig12, weights/],
    [['fig2', '--scale', 'huge'], /no scale "huge".*tiny, small, paper/],
    [['fig2', '--set', 'preference.learningRate=fast'], /preference\.learningRate/],
    [['fig1', '--seeds', '4-6'], /fig1 draws its samples with one seed, got 4, 5, 6/],
    [['exact', '--seeds', '1-2,5-5'], /seeds in a row, got 1, 2, 5/],
    [['fig2', '--learning-rates', '1e-4'], /belongs to a search/],
    [['search', '--learning-rates', '1e-4,fast'], /Expected a number, got "fast"/],
    [['fig2', '--resume'], /holds no study to resume/],
    [
      ['fig2', '--processes', '0'],
      /--processes <number>' argument '0' is invalid\. Expected at least 1, got 0/,
    ],
    [['fig2', '--config', '/none.yaml'], /none\.yaml.*cannot be read/],
  ])('ais study %j', async (argv, message) => {
    expect(await study(...argv)).toBe(2);
    expect(output.err).toMatch(message);
    expect(readdirSync(scratch())).toEqual([]);
  });
});

test('a folder resumes the study that it was started with, and takes no other', async () => {
  expect(await study('fig1')).toBe(0);
  expect(await study('fig1', '--set', 'pairs=500')).toBe(2);
  expect(output.err).toMatch(/another study, or this one with other settings/);
  rmSync(scratch('out', 'fig1'), { recursive: true });
  expect(await study('--resume')).toBe(0);
  expect(JSON.parse(readFileSync(scratch('out', 'fig1', 'study.json'), 'utf8')).seeds).toEqual([1]);
  expect(await study('fig1', '--resume')).toBe(0);
});

test('what --resume would ignore is refused, and named', async () => {
  expect(await study('fig1')).toBe(0);
  expect(await study('weights', '--resume')).toBe(2);
  expect(output.err).toMatch(/out holds the study fig1, not weights\. Name its own folder/);
  const others = ['--seeds', '3', '--scale', 'paper', '--judge', 'oracle', '--set', 'pairs=500'];
  expect(await study('fig1', '--resume', ...others)).toBe(2);
  expect(output.err).toMatch(/Leave out --scale, --seeds, --set, --judge, or give another --out/);
  expect(await runProgram(['demo', '--resume', '--out', scratch('out'), '--seed', '2', '--lora'])).toBe(2);
  expect(output.err).toMatch(/Leave out --seed, --lora, or give another --out/);
});

test('a store that cannot be is refused under its own flag, and leaves the folder of the study free', async () => {
  writeFileSync(scratch('file'), '');
  const fig1 = (store: string) => runProgram(['study', 'fig1', '--out', scratch('out'), '--store', store]);
  expect(await fig1(scratch('file', 'store'))).not.toBe(0);
  expect(output.err).toMatch(/file\/ is a file where a folder is needed\. Choose another place \(--store\)/);
  expect(existsSync(scratch('out', 'config.json'))).toBe(false);
  expect(await fig1(scratch('store'))).toBe(0);
  expect(await fig1(scratch('other'))).toBe(2);
  expect(output.err).toMatch(/other settings: store \(".*\/store" there, ".*\/other" here\)/);
});
