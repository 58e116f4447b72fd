import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SlurmCluster, startSlurm } from '../../cli/test/slurm-cluster.js';
import { AIS, ais, metricsOf, type StartedAis, startBy } from './started-ais.js';

let root = '';
let cluster: SlurmCluster;
beforeAll(async () => {
  cluster = await startSlurm({ cpus: 2 });
  root = await mkdtemp(join(tmpdir(), 'ais-srun-'));
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  await rm(root, { recursive: true, force: true });
});
const folder = (name: string): string => join(root, name);

const STEPS = 16;
const sft = (out: string, ...more: string[]): string[] => [
  ...['sft', '--preset', 'tiny', '--source', 'synthetic', '--seed', '1', '--steps', String(STEPS)],
  ...['--checkpoint-every', '4', '--out', folder(out), ...more],
];

/** Starts `ais` in two processes of a job, as the page says. */
function srun(args: readonly string[], ...options: string[]): StartedAis {
  const { SLURM_CONF: configuration = '' } = cluster.environment;
  return startBy(['srun', '--ntasks=2', '--kill-on-bad-exit=1', ...options], args, {
    SLURM_CONF: configuration,
  });
}

/** The process of a rank of the only job. */
async function pidOf(rank: number): Promise<number> {
  for (const name of await readdir('/proc')) {
    const environment = await readFile(join('/proc', name, 'environ'), 'utf8').catch(() => '');
    const variables = environment.split('\0');
    if (!variables.includes(`SLURM_PROCID=${rank}`)) continue;
    const [, script] = (await readFile(join('/proc', name, 'cmdline'), 'utf8')).split('\0');
    if (script === AIS) return Number(name);
  }
  throw new Error(`no process of rank ${rank}`);
}

it('trains by srun to the same bits as by mpirun', async () => {
  await ais(2, sft('by-mpirun'));
  const { status, stderr } = await srun(sft('by-srun'), '--mpi=pmix').ended;
  expect(status, stderr).toBe(0);
  expect(stderr).toContain('2 processes');
  expect(await metricsOf(folder('by-srun'))).toEqual(await metricsOf(folder('by-mpirun')));
});

it('says how to start it where the processes cannot find one another', async () => {
  const { status, stderr } = await srun(sft('unseen'), '--mpi=none').ended;
  expect(status, stderr).toBe(2);
  expect(stderr).toContain('srun has started 2 processes that cannot find one another');
  expect(stderr).toContain('srun --mpi=pmix');
});

it('ends when a rank is killed, and resumes', async () => {
  const run = srun(sft('killed'), '--mpi=pmix');
  await run.said(/sft: [67]\/16/);
  const from = performance.now();
  process.kill(await pidOf(1), 'SIGKILL');
  const { status, at } = await run.ended;
  expect(status).not.toBe(0);
  // Slurm kills what has not heard its SIGTERM 30 seconds later (KillWait).
  expect((at - from) / 1000).toBeLessThan(60);
  await cp(folder('killed'), folder('by-one'), { recursive: true });
  const { status: ended, stderr } = await srun(['sft', '--resume', '--out', folder('killed')], '--mpi=pmix')
    .ended;
  expect(ended, stderr).toBe(0);
  expect(await metricsOf(folder('killed'))).toEqual(await metricsOf(folder('by-mpirun')));
  await ais(1, ['sft', '--resume', '--out', folder('by-one')]);
  expect(await readdir(join(folder('by-one'), 'checkpoints'))).toContain(`step-${STEPS}`);
});

it('trains by mpirun in an allocation, too', async () => {
  const { SLURM_CONF: configuration = '' } = cluster.environment;
  const run = startBy(['salloc', '--ntasks=2', 'mpirun'], sft('allocated'), { SLURM_CONF: configuration });
  const { status, stderr } = await run.ended;
  expect(status, stderr).toBe(0);
  expect(await metricsOf(folder('allocated'))).toEqual(await metricsOf(folder('by-mpirun')));
});

it('stops at a checkpoint before the time of a batch script is over, and goes on when it is queued again', async () => {
  const page = await readFile(
    new URL('../../../docs/how-to/train-in-several-processes.md', import.meta.url),
    'utf8',
  );
  const [, shown = ''] = /```bash\n(#!\/bin\/bash\n.*?)```/s.exec(page) ?? [];
  const command = [process.execPath, AIS, ...sft('batch', '--resume')].map((word) => `'${word}'`).join(' ');
  const script = shown
    .replace('--ntasks=8', '--ntasks=2')
    .replace('--cpus-per-task=4', '--cpus-per-task=1')
    .replace(/ais train .*? --resume/, command);
  expect(script).toContain(AIS);
  await writeFile(folder('batch.sh'), script);
  const log = folder('batch.log');
  const job = (await cluster.ask('sbatch', '--parsable', `--output=${log}`, folder('batch.sh'))).trim();
  const said = (): Promise<string> => readFile(log, 'utf8').catch(() => '');
  while (!/sft: [67]\/16/.test(await said())) {
    expect(await cluster.ask('squeue', '--noheader'), await said()).not.toBe('');
    await sleep(50);
  }
  // What Slurm sends two minutes before the time is over.
  await cluster.ask('scancel', '--signal=TERM', job);
  for (;;) {
    if ((await cluster.ask('squeue', '--noheader')).trim() === '') break;
    await cluster.hurry();
    await sleep(200);
  }
  expect(await said()).toContain('To resume: ais sft --resume');
  expect(await metricsOf(folder('batch')), await said()).toEqual(await metricsOf(folder('by-mpirun')));
});
