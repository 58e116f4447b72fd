import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SlurmCluster, startSlurm } from './slurm-cluster.js';
import { finished, nodeOptions, startAis } from './started-ais.js';
import { untimedStudy } from './untimed-study.js';

let cluster: SlurmCluster;
let scratch = '';
const at = (...path: string[]): string => join(scratch, ...path);

beforeAll(async () => {
  cluster = await startSlurm({ cpus: 2 });
  scratch = mkdtempSync(join(tmpdir(), "ais slurm's "));
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** The environment of `ais`, and of the jobs, which run it from its sources too. */
const environment = (): NodeJS.ProcessEnv => ({ ...cluster.environment, NODE_OPTIONS: nodeOptions });

async function ais(...argv: readonly string[]): Promise<string> {
  const { out } = await finished(startAis(argv, { cwd: scratch, env: environment() }));
  return out;
}

/** Sizes at which a stage takes seconds. */
const training = { epochs: 1, batchSize: 16, microBatchSize: 16, learningRate: 1e-3, warmupFraction: 0 };
const supervised = { ...training, batchSize: 32, learningRate: 1e-2 };
const shape = { layerCount: 1, hiddenSize: 16, headCount: 2, initializerRange: 0.1 };
const sizes = {
  corpus: {
    supervised: 64,
    reward: 16,
    preference: 32,
    evaluation: 8,
    vocabularySize: 400,
    maxResponseTokens: 12,
  },
  policy: shape,
  supervised,
  gold: { model: shape, supervised, training, validationFraction: 0.25 },
  preference: training,
  shift: { early: 0.5, late: 1 },
  evaluation: { points: 1, klPrompts: 4, temperature: 0, weightedPairs: 8 },
  betas: [0.01],
};

const dataOf = (directory: string): object => untimedStudy(at(directory, 'fig11', 'study.json'));

/** The process that works on a stage of a kind now. */
function atWork(kind: string): { readonly pid: number } | undefined {
  const work = at('shared', '.work');
  for (const folder of existing(work)) {
    if (!folder.startsWith(`${kind}-`) || folder.endsWith('.lock')) continue;
    if (!existing(join(work, folder)).some((name) => name.endsWith('.beat'))) continue;
    try {
      const { holder } = JSON.parse(readFileSync(join(work, folder, 'attempt.json'), 'utf8'));
      return { pid: holder.process };
    } catch {
      // It was written just now, or finished.
    }
  }
  return undefined;
}

function existing(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

test('a study on Slurm, one of whose tasks is killed and one requeued, gives what it gives in this process', async () => {
  writeFileSync(at('small.json'), JSON.stringify(sizes));
  const study = ['study', 'fig11', '--seeds', '2', '--config', 'small.json', '--json'];
  const emitted = JSON.parse(
    await ais(...study, '--store', 'shared', '--out', 'on-slurm', '--emit', 'sbatch', '--sbatch', 'time=30'),
  );
  expect(emitted).toMatchObject({ submit: join('on-slurm', 'slurm-1', 'submit.sh') });
  const submit = promisify(execFile);
  await submit('bash', [at(emitted.submit)], { env: environment() });

  const queued = async (): Promise<number> => {
    const lines = await cluster.ask('squeue', '--noheader', '--array', '--format=%i');
    return lines.split('\n').filter((line) => line !== '').length;
  };
  /** The next stage of a kind that a job works on: such a stage may be over in a second. */
  const working = async (kind: string): Promise<{ readonly pid: number }> => {
    for (;;) {
      const found = atWork(kind);
      if (found) return found;
      await sleep(5);
    }
  };
  const killing = working('gold').then(({ pid }) => process.kill(pid, 'SIGKILL'));
  const requeue = async (): Promise<void> => {
    for (;;) {
      const names = await cluster.ask('squeue', '--noheader', '--array', '--states=R', '--format=%i %j');
      const [, id] = /^(\S+) \S*-pairs$/m.exec(names) ?? [];
      if (id !== undefined) {
        await cluster.ask('scontrol', 'requeue', id);
        return;
      }
      await sleep(50);
    }
  };
  const requeueing = requeue();
  for (;;) {
    if ((await queued()) === 0) break;
    await cluster.hurry();
    await sleep(200);
  }
  await Promise.all([killing, requeueing]);
  const logs = (): string[] =>
    readdirSync(at('on-slurm', 'slurm-1', 'logs')).map((name) =>
      readFileSync(at('on-slurm', 'slurm-1', 'logs', name), 'utf8'),
    );
  const restarted = logs().filter((log) => /restarted, [12] times so far/.test(log));
  expect(restarted, logs().join('\n')).toHaveLength(2);

  await ais(...study, '--store', 'alone', '--out', 'here', '--processes', '1');
  expect(dataOf('on-slurm')).toEqual(dataOf('here'));
  expect(readdirSync(at('shared')).sort()).toEqual(readdirSync(at('alone')).sort());

  // What is finished ends at once.
  await submit('bash', [at(emitted.submit)], { env: environment() });
  while ((await queued()) > 0) await sleep(200);
  const again = logs().filter((log) => log.includes('is finished'));
  expect(again).toHaveLength(emitted.stages);
});

test('a task that is stopped before its time is over resumes, and one that is canceled does not', async () => {
  mkdirSync(at('stages'));
  // A command in the place of `ais`: stops at SIGTERM the first time, and is done the second time.
  writeFileSync(
    at('stage.cjs'),
    `const { existsSync, writeFileSync } = require('node:fs');
     const order = process.argv.at(-1);
     if (order.includes('0-wait') && existsSync(order + '.stopped')) process.exit(0);
     process.on('SIGTERM', () => { writeFileSync(order + '.stopped', ''); process.exit(130); });
     writeFileSync(order + '.begun', '');
     setInterval(() => {}, 1000);`,
  );
  const { writeSbatch } = await import('@ais/workflow/slurm');
  const order = { kind: 'wait', key: 'a', folder: 'a', settings: {}, needs: {}, title: 'wait' };
  const other = { ...order, kind: 'forever', key: 'b', folder: 'b' };
  await writeSbatch([order, other], {
    directory: at('stages', 'slurm-1'),
    title: 'stages',
    workingDirectory: scratch,
    stage: [process.execPath, at('stage.cjs')],
  });
  const { stdout } = await promisify(execFile)('bash', [at('stages', 'slurm-1', 'submit.sh')], {
    env: { ...cluster.environment, NODE_OPTIONS: '' },
  });
  const [stopped = '', canceled = ''] = stdout.trim().split(' ');
  const begun = (name: string): boolean => existing(at('stages', 'slurm-1', name)).includes('0.json.begun');
  while (!(begun('0-wait') && begun('1-forever'))) await sleep(50);
  // What Slurm sends before the time is over, to the script alone.
  await cluster.ask('scancel', '--signal=TERM', '--batch', `${stopped}_0`);
  await cluster.ask('scancel', canceled);
  for (;;) {
    if ((await cluster.ask('squeue', '--noheader')).trim() === '') break;
    await cluster.hurry();
    await sleep(50);
  }
  const log = (name: string): string => readFileSync(at('stages', 'slurm-1', 'logs', name), 'utf8');
  expect(log('0-wait-0.log')).toContain('restarted, 1 times so far');
  expect(log('1-forever-0.log')).not.toContain('restarted');
});
