import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { numbers, sum } from '../../test/stages.js';
import { scratchFolder } from '../../test/workshop.js';
import { directoryStore } from '../directory-store.js';
import { stageOrder } from '../stage-order.js';
import { stageSpec, stagesInOrder } from '../stage-spec.js';
import { type SbatchOptions, writeSbatch } from './write-sbatch.js';

const scratch = scratchFolder();
/** What a shell would make something of. */
const HOSTILE = `it's "a" $(touch pwned) \`touch pwned\` ; touch pwned #\n&* \\ -x %a`;

const store = directoryStore('store');
const values = stageSpec(numbers, { values: [1] }, {});
const sums = [1, 2].map((seed) => stageSpec(sum, { seed }, { first: values }));
const plan = stagesInOrder(sums).map((stage) => stageOrder(stage, store, 'a stage'));

const at = (...path: string[]): string => join(scratch.path, ...path);

/** A program of a test's own, which notes its arguments, one line of JSON per call. */
function program(name: string, then = ''): string {
  mkdirSync(at('bin'), { recursive: true });
  writeFileSync(
    at('bin', name),
    `#!/usr/bin/env node\n` +
      `const { appendFileSync } = require('node:fs');\n` +
      `appendFileSync(${JSON.stringify(at(`${name}.calls`))}, JSON.stringify([process.cwd(), ...process.argv.slice(2)]) + '\\n');\n` +
      then,
  );
  chmodSync(at('bin', name), 0o755);
  return at('bin', name);
}
const calls = (name: string): string[][] =>
  existsSync(at(`${name}.calls`))
    ? readFileSync(at(`${name}.calls`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${at('bin')}:${process.env['PATH']}`,
  ...more,
});

async function written(options: Partial<SbatchOptions> = {}): Promise<string> {
  const directory = at(HOSTILE.replaceAll('/', ''), 'slurm-1');
  mkdirSync(at(HOSTILE), { recursive: true });
  await writeSbatch(plan, {
    directory,
    title: HOSTILE,
    workingDirectory: at(HOSTILE),
    stage: [program('ais'), 'worker', '--store', HOSTILE],
    last: [at('bin', 'ais'), 'last', HOSTILE],
    ...options,
  });
  return directory;
}

describe('submit.sh', () => {
  test('submits each array once, after what it waits for, with every word as it was given', async () => {
    program(
      'sbatch',
      `const lines = require('node:fs').readFileSync(${JSON.stringify(at('sbatch.calls'))}, 'utf8').trim().split('\\n');\nconsole.log(100 + lines.length + ';cluster');\n`,
    );
    const directory = await written({ flags: { partition: HOSTILE, exclusive: '' }, limit: 4 });
    const out = execFileSync('bash', [join(directory, 'submit.sh')], {
      cwd: '/',
      encoding: 'utf8',
      env: environment(),
    });
    expect(out).toBe('101 102 103\n');
    const common = [
      ...[
        '--parsable',
        '--requeue',
        '--signal=B:TERM@120',
        '--kill-on-invalid-dep=yes',
        '--open-mode=append',
      ],
      ...[`--partition=${HOSTILE}`, '--exclusive'],
    ];
    expect(calls('sbatch')).toEqual([
      [
        ...[directory, ...common, `--job-name=${HOSTILE}:0-numbers`, '--array=0%4'],
        ...['--output=logs/0-numbers-%a.log', 'stage.sh', join(directory, '0-numbers')],
      ],
      [
        ...[directory, ...common, `--job-name=${HOSTILE}:1-sum`, '--array=0-1%4'],
        ...['--output=logs/1-sum-%a.log', '--dependency=afterok:101', 'stage.sh', join(directory, '1-sum')],
      ],
      [
        ...[directory, ...common, `--job-name=${HOSTILE}:last`, '--output=logs/last.log'],
        ...['--dependency=afterany:102', 'last.sh'],
      ],
    ]);
    expect(existsSync(join(directory, 'logs'))).toBe(true);
    expect(existsSync(join(directory, 'pwned'))).toBe(false);
  });

  test('withdraws what it has submitted if Slurm takes no more', async () => {
    program(
      'sbatch',
      `const lines = require('node:fs').readFileSync(${JSON.stringify(at('sbatch.calls'))}, 'utf8').trim().split('\\n');\nif (lines.length > 1) process.exit(1);\nconsole.log(7);\n`,
    );
    program('scancel');
    const directory = await written();
    const { status } = spawnSync('bash', [join(directory, 'submit.sh')], { env: environment() });
    expect(status).toBe(1);
    expect(calls('sbatch')).toHaveLength(2);
    expect(calls('scancel')).toEqual([[directory, '7']]);
  });

  test.each([
    ['array', /--array of sbatch is set by the scripts themselves/],
    ['Partition', /"Partition" is not the long name of an option of sbatch/],
    ['x;touch pwned', /is not the long name/],
  ])('refuses the option %j', async (name, message) => {
    await expect(written({ flags: { [name]: 'x' } })).rejects.toThrow(message);
  });
});

describe('stage.sh', () => {
  const run = (
    directory: string,
    more: NodeJS.ProcessEnv = {},
  ): { readonly status: number | null; readonly stdout: string } =>
    spawnSync('bash', [join(directory, 'stage.sh'), join(directory, '1-sum')], {
      cwd: '/',
      encoding: 'utf8',
      env: environment({ SLURM_ARRAY_TASK_ID: '1', SLURM_JOB_ID: '9', ...more }),
    });
  const ending = (how: string, state = 'RUNNING'): string => {
    program('squeue', `console.log('${state}');\n`);
    program('scontrol');
    return program('ais', how);
  };

  test('runs the stage of its order, in the working directory, with as many threads as it was given', async () => {
    const threads = at('threads.json');
    const directory = await written();
    ending(
      `require('node:fs').writeFileSync(${JSON.stringify(threads)}, JSON.stringify([process.env.TF_NUM_INTRAOP_THREADS, process.env.TF_NUM_INTEROP_THREADS, process.env.AIS_THREADS]));\n`,
    );
    const { TF_NUM_INTRAOP_THREADS: _, TF_NUM_INTEROP_THREADS: __, AIS_THREADS: ___, ...unset } = process.env;
    const { status, stdout } = spawnSync('bash', [join(directory, 'stage.sh'), join(directory, '1-sum')], {
      cwd: '/',
      encoding: 'utf8',
      env: {
        ...unset,
        PATH: environment()['PATH'],
        SLURM_ARRAY_TASK_ID: '1',
        SLURM_JOB_ID: '9',
        SLURM_CPUS_PER_TASK: '3',
      },
    });
    expect([status, stdout]).toEqual([0, '']);
    const order = join(directory, '1-sum', '1.json');
    expect(calls('ais')).toEqual([[at(HOSTILE), 'worker', '--store', HOSTILE, '--order', order]]);
    expect(JSON.parse(readFileSync(order, 'utf8'))).toEqual(plan[2]);
    expect(JSON.parse(readFileSync(threads, 'utf8'))).toEqual(['3', '3', '3']);
    expect(calls('scontrol')).toEqual([]);
  });

  test.each<[string, string, NodeJS.ProcessEnv, string, number, boolean]>([
    ['a stage that fails', 'process.exit(1)', {}, 'RUNNING', 1, false],
    ['wrong usage', 'process.exit(2)', {}, 'RUNNING', 2, false],
    ['a stage that stopped where it can resume', 'process.exit(130)', {}, 'RUNNING', 130, true],
    [
      'the same at its 100th restart',
      'process.exit(130)',
      { SLURM_RESTART_COUNT: '100' },
      'RUNNING',
      130,
      false,
    ],
    ['the same while its job is canceled', 'process.exit(130)', {}, 'COMPLETING', 130, false],
    [
      'a process that was killed',
      'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)',
      {},
      'RUNNING',
      137,
      true,
    ],
    [
      'the same for the fourth time',
      'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)',
      { SLURM_RESTART_COUNT: '3' },
      'RUNNING',
      137,
      false,
    ],
  ])('%s', async (_what, how, more, state, expected, requeues) => {
    const directory = await written();
    ending(how, state);
    expect(run(directory, more).status).toBe(expected);
    expect(calls('scontrol').map(([, ...argv]) => argv)).toEqual(requeues ? [['requeue', '9']] : []);
  });

  test('asks for itself alone to be queued again, also as the element with the number of its array', async () => {
    const directory = await written();
    ending('process.exit(130)');
    // Of the number of an array, squeue lists all elements.
    program(
      'squeue',
      `console.log(process.argv.includes('--jobs=9_1') ? 'RUNNING' : 'RUNNING\\nRUNNING');\n`,
    );
    expect(run(directory, { SLURM_ARRAY_JOB_ID: '9' }).status).toBe(130);
    expect(calls('scontrol').map(([, ...argv]) => argv)).toEqual([['requeue', '9_1']]);
  });

  test('hands SIGTERM on, and ends as the stage does', async () => {
    const directory = await written();
    // It signals its parent, the script, which passes the signal back to it.
    ending(
      `process.on('SIGTERM', () => process.exit(130));\nprocess.kill(process.ppid, 'SIGTERM');\nsetInterval(() => {}, 1000);\n`,
    );
    expect(run(directory, { SLURM_RESTART_COUNT: '2' })).toMatchObject({
      status: 130,
      stdout: 'restarted, 2 times so far\n',
    });
    expect(calls('scontrol')).toHaveLength(1);
  });
});

test('last.sh ends as its command does', async () => {
  const directory = await written();
  program('ais', 'process.exit(4)');
  const { status } = spawnSync('bash', [join(directory, 'last.sh')], { cwd: '/', env: environment() });
  expect(status).toBe(4);
  expect(calls('ais')).toEqual([[at(HOSTILE), 'last', HOSTILE]]);
});
