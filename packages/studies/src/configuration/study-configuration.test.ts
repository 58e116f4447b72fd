import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configureStudies, keepStudyConfiguration, readStudyConfiguration } from './study-configuration.js';

const configured = (name: string, request: object = {}) => configureStudies({ name, ...request }, 'store');

describe('seeds that are named', () => {
  test('are those of the exact study, in its command too', async () => {
    const { settings, commands } = await configured('exact', { scale: 'paper', onlySeeds: [4, 5, 6] });
    expect(settings[0]).toMatchObject({ seeds: [4, 5, 6] });
    expect(settings[0]).not.toHaveProperty('looks');
    expect(commands['exact']).toBe('ais study exact --scale paper --seeds 4-6');
  });

  test('are those of every study that has several, among all', async () => {
    const { settings } = await configured('all', { onlySeeds: [4, 5] });
    for (const { study, seeds } of settings) expect(seeds, study).toEqual(study === 'fig1' ? [1] : [4, 5]);
  });

  test.each([
    ['exact', [4, 6], /seeds: .* in a row, got 4, 6/],
    [
      'fig1',
      [4, 5, 6],
      /seeds: fig1 draws its samples with one seed, got 4, 5, 6\. Give one \(--seeds 4-4\)/,
    ],
  ])('are refused where a study would not run them: %s %j', async (name, onlySeeds, message) => {
    await expect(configured(name, { onlySeeds })).rejects.toThrow(message);
    await expect(configured(name, { onlySeeds })).rejects.toMatchObject({ exit: 'usage' });
  });

  test('are fig1’s, if it is one', async () => {
    const { settings } = await configured('fig1', { onlySeeds: [4] });
    expect(settings[0]?.seeds).toEqual([4]);
  });
});

test.each([
  ['seeds=[1,1]', /seeds: expected each one once, got 1, 1/],
  ['betas=[0.1,0.1]', /betas: expected each one once, got 0\.1, 0\.1/],
  ['controls=[bounded,bounded]', /controls: expected each one once, got bounded, bounded/],
])('what is listed twice is refused before anything is trained: %s', async (assignment, message) => {
  await expect(configured('fig3', { assignments: [assignment] })).rejects.toThrow(message);
});

test('a run with the title of a control that is added is refused', async () => {
  const bounded = '{ method: { title: "AIS-DPO, bounded", objective: ipo }, beta: 0.1, data: D1 }';
  const ais = '{ method: { title: AIS-DPO, objective: dpo }, beta: 0.2, data: D1 }';
  const assignments = [`runs=[${bounded}, ${ais}]`, 'controls=[bounded]'];
  await expect(configured('fig3', { assignments })).rejects.toThrow(
    /runs\[2\]\.title: "AIS-DPO, bounded" is another method in runs\[0\]/,
  );
});

test('a search tries each learning rate once', async () => {
  await expect(configured('search', { learningRates: [1e-5, 1e-5] })).rejects.toMatchObject({
    code: 'invalid-settings',
  });
});

describe('what a folder was started with', () => {
  let root: string;
  const here = process.cwd();
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'ais-kept-')));
    for (const name of ['project', 'elsewhere']) mkdirSync(join(root, name));
    process.chdir(join(root, 'project'));
  });
  afterEach(() => {
    process.chdir(here);
    rmSync(root, { recursive: true });
  });

  const begun = async (): Promise<string> => {
    writeFileSync(
      'mine.yaml',
      'name: mine\ntitle: Mine\nruns: [{ title: Mine, objective: mine.mjs, beta: 0.1 }]\n',
    );
    for (const name of ['posts.csv', 'mine.mjs', 'judge.mjs']) writeFileSync(name, '');
    const assignments = ['source=posts.csv', 'gold.judge=judge.mjs#strict'];
    const configuration = await configureStudies({ name: 'mine.yaml', assignments }, join('runs', 'store'));
    await keepStudyConfiguration(join('runs', 'mine'), configuration);
    return join(root, 'project', 'runs', 'mine');
  };

  test('names the same store, study, and files from another working directory', async () => {
    const out = await begun();
    const given = await readStudyConfiguration(out);
    expect(given).toMatchObject({ name: 'mine.yaml', store: join('runs', 'store') });
    expect(given).not.toHaveProperty('from');
    process.chdir(join(root, 'elsewhere'));
    const at = (...names: string[]) => join(root, 'project', ...names);
    const found = await readStudyConfiguration(out);
    expect(found).toMatchObject({
      name: at('mine.yaml'),
      store: at('runs', 'store'),
      settings: [
        {
          source: at('posts.csv'),
          gold: { judge: at('judge.mjs#strict') },
          runs: [{ method: { objective: at('mine.mjs') } }],
        },
      ],
    });
    // And is the same study there.
    await keepStudyConfiguration(out, found!);
    process.chdir(join(root, 'project'));
    expect(await readStudyConfiguration(out)).toEqual(found);
    await keepStudyConfiguration(out, given!);
  });

  test('is as it was given in a folder of an earlier version', async () => {
    const out = await begun();
    const path = join(out, 'config.json');
    const { from: _, ...old } = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify(old));
    process.chdir(join(root, 'elsewhere'));
    expect(await readStudyConfiguration(out)).toMatchObject({
      name: 'mine.yaml',
      store: join('runs', 'store'),
    });
  });

  test('is no study where it is a training run', async () => {
    mkdirSync('run');
    writeFileSync(
      join('run', 'config.json'),
      JSON.stringify({ configuration: { command: 'train', settings: {} } }),
    );
    expect(await readStudyConfiguration('run')).toBeUndefined();
  });

  test.each([
    [{ store: 'other' }, /other settings: store \(".*store" there, ".*other" here\)\. Choose/],
    [{ backend: 'cpu' }, /other settings: backend \("wasm" there, "cpu" here\)/],
    [{ settings: [] }, /other settings: settings\.mine \(/],
  ])(
    'is not replaced by another, and the refusal says in what that differs: %j',
    async (changes, message) => {
      const out = await begun();
      const given = await readStudyConfiguration(out);
      await expect(keepStudyConfiguration(out, { ...given!, ...changes })).rejects.toThrow(message);
    },
  );
});
