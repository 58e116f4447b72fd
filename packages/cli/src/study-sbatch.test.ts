import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { configureStudies, keepStudyConfiguration } from '@ais/studies/settings';
import { expect, test, vi } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { scratchFolder } from '../test/scratch-folder.js';
import { runProgram } from './program.js';

const scratch = scratchFolder();
const output = capturedOutput();

const study = (...argv: string[]): Promise<number> =>
  runProgram(['study', ...argv, '--out', scratch("out's"), '--store', scratch('store')]);
const emitted = async (...argv: string[]) => {
  expect(await study(...argv, '--emit', 'sbatch', '--json'), output.err).toBe(0);
  return JSON.parse(output.out.trim().split('\n').at(-1) ?? '');
};
const script = (name: string, number = 1): string =>
  readFileSync(scratch("out's", `slurm-${number}`, name), 'utf8');

test('ais study --emit sbatch writes scripts, whose commands and orders run here too', async () => {
  const { submit, stages, arrays } = await emitted(
    'exact',
    '--sbatch',
    'partition=long',
    '--sbatch',
    '--mem=2G',
  );
  expect(submit).toBe(scratch("out's", 'slurm-1', 'submit.sh'));
  expect(arrays).toEqual([{ name: '0-exact', stages, after: [] }]);
  expect(existsSync(scratch('store'))).toBe(false);
  expect(script('submit.sh')).toContain(' --partition=long --mem=2G "$@"');
  expect(script('stage.sh')).toContain(` worker --store ${scratch('store')} --order "$1/`);
  expect(script('last.sh')).toContain(
    ` study --resume --only-finished --store ${scratch('store')} --out '${scratch("out's").replace("'", "'\\''")}'\n`,
  );

  const order = scratch("out's", 'slurm-1', '0-exact', '0.json');
  const run = (): Promise<number> => runProgram(['worker', '--store', scratch('store'), '--order', order]);
  expect(await run(), output.err).toBe(0);
  expect(await run()).toBe(0);
  expect(output.err).toMatch(/begins[\s\S]*finished in [\s\S]*is finished/);

  // What is finished is not submitted again, and jobs that wait keep their orders.
  expect(await emitted('exact')).toMatchObject({
    directory: scratch("out's", 'slurm-2'),
    stages: stages - 1,
  });
  expect(existsSync(order)).toBe(true);

  // The last job reports what there is, says what there is not, and computes nothing.
  const resumed = ['study', '--resume', '--only-finished', '--store', scratch('store')];
  expect(await runProgram([...resumed, '--out', scratch("out's")])).toBe(1);
  expect(output.err).toMatch(/\d+ stages failed:\n.*exact.*: .*the stage is not finished\./);
  expect(existsSync(scratch("out's", 'report.html'))).toBe(true);
  expect(readdirSync(scratch('store')).filter((name) => name.startsWith('exact'))).toHaveLength(1);
});

test('an order that rests on what is not finished, or is none, fails', async () => {
  const { arrays } = await emitted('fig3', '--scale', 'tiny');
  const last = arrays.at(-1).name;
  const worker = ['worker', '--store', scratch('store'), '--order'];
  expect(await runProgram([...worker, scratch("out's", 'slurm-1', last, '0.json')])).toBe(1);
  expect(output.err).toMatch(/needs .*, which is not finished/);
  writeFileSync(scratch('none.json'), '{"kind": "exact"}');
  expect(await runProgram([...worker, scratch('none.json')])).toBe(1);
  expect(output.err).toMatch(/none\.json is not the order of a stage: key/);
  expect(await runProgram([...worker, scratch('missing.json')])).toBe(1);
  expect(output.err).toMatch(/missing\.json/);
});

test('code and files from outside are named in the scripts, and refused without that', async () => {
  writeFileSync(
    scratch('judge.mjs'),
    'export const scorer = { name: "j", score: async (items) => items.map(() => 0) };',
  );
  await emitted('fig3', '--judge', scratch('judge.mjs'));
  expect(script('stage.sh')).toContain(` --allow ${scratch('judge.mjs')} `);
  expect(script('last.sh')).toContain(` --allow ${scratch('judge.mjs')}\n`);
  const judge = readdirSync(scratch("out's", 'slurm-1')).find((name) => name.endsWith('-judge')) ?? '';
  const order = scratch("out's", 'slurm-1', judge, '0.json');
  expect(await runProgram(['worker', '--store', scratch('store'), '--order', order])).toBe(2);
  expect(output.err).toMatch(/names code, a server, or a file to write that this would use/);
});

test('a Redis server that the environment names stands against nothing that runs no stage', async () => {
  vi.stubEnv('AIS_REDIS', 'redis://127.0.0.1:9');
  try {
    await emitted('exact');
    const resumed = ['study', '--resume', '--only-finished', '--out', scratch("out's")];
    expect(await runProgram([...resumed, '--store', scratch('store')])).toBe(1);
    expect(output.err).toContain('No run is finished, so no data were written.');
    expect(output.err).not.toContain('workers of a queue');
    expect(await study('exact', '--emit', 'sbatch', '--redis', 'redis://127.0.0.1')).toBe(2);
    expect(output.err).toContain('--redis and --emit are two ways to run a study. Give one.');
  } finally {
    vi.unstubAllEnvs();
  }
});

test('a study with looks is refused before its folder is taken, and can be started there with one number of seeds', async () => {
  expect(await study('fig3', '--seeds', '2,4', '--emit', 'sbatch')).toBe(2);
  expect(output.err).toContain('Give one number of seeds.');
  expect(readdirSync(scratch())).toEqual([]);
  await emitted('fig3', '--seeds', '2');
});

test('a study with looks that was begun is resumed without scripts', async () => {
  await keepStudyConfiguration(
    scratch("out's"),
    await configureStudies({ name: 'fig3', seeds: [2, 4] }, scratch('store')),
  );
  expect(await study('--resume', '--emit', 'sbatch')).toBe(2);
  expect(output.err).toContain('Resume it without --emit, or begin it again in another folder');
});

test.each<[string[], RegExp]>([
  [['exact', '--sbatch', 'mem=1G'], /--sbatch belongs to --emit sbatch/],
  [['exact', '--emit', 'sbatch', '--sbatch', 'array=1'], /--array of sbatch is set by the scripts/],
  [['exact', '--emit', 'sbatch', '--redis', 'redis://127.0.0.1'], /--redis and --emit are two ways/],
  [['fig3', '--seeds', '2,3', '--emit', 'sbatch'], /looks at its claims after 2, 3 seeds/],
  [['exact', '--emit', 'pbs'], /Allowed choices are sbatch/],
])('ais study %j is wrong usage', async (argv, message) => {
  expect(await study(...argv)).toBe(2);
  expect(output.err).toMatch(message);
});
