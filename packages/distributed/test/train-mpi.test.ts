import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ais, metricsOf, type StartedAis, startAis } from './started-ais.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-mpi-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
const folder = (name: string): string => join(root, name);

const STEPS = 16;
const tiny = ['--preset', 'tiny', '--source', 'synthetic', '--seed', '1', '--json'];
const sft = (out: string, ...more: string[]): string[] => [
  ...['sft', ...tiny, '--steps', String(STEPS), '--checkpoint-every', '4', '--out', folder(out)],
  ...more,
];

/** Numbers of two runs, within 1e-5 of each other; losses, which are what is promised, are above 1 here. */
async function expectClose(name: string, other: string, keys = /loss$/): Promise<void> {
  const [lines, others] = await Promise.all([metricsOf(folder(name)), metricsOf(folder(other))]);
  expect(lines.map(({ event, step }) => [event, step])).toEqual(
    others.map(({ event, step }) => [event, step]),
  );
  let compared = 0;
  for (const [row, line] of lines.entries()) {
    for (const key of Object.keys(line).filter((name) => keys.test(name))) {
      const [value, expected] = [Number(line[key]), Number(others[row]?.[key])];
      expect(
        Math.abs(value / expected - 1),
        `${key} of line ${row}: ${value}, ${expected}`,
      ).toBeLessThanOrEqual(1e-5);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(STEPS / 4);
}

it('comes to what one process does, and in two processes to the same bits each time', async () => {
  await ais(1, sft('alone'));
  await ais(2, sft('two'));
  await ais(2, sft('two-again'));
  await expectClose('alone', 'two');
  expect(await metricsOf(folder('two-again'))).toEqual(await metricsOf(folder('two')));
  // Rank 0 alone has written.
  expect((await readdir(folder('two'))).sort()).toEqual((await readdir(folder('alone'))).sort());
});

/** Starts a run in two processes, and does something to it once it has a checkpoint. */
async function disturbed(
  name: string,
  disturb: (run: StartedAis) => void,
): Promise<{ readonly seconds: number; readonly ended: Awaited<StartedAis['ended']> }> {
  const run = startAis(2, sft(name));
  await run.said(/sft: [67]\/16/);
  const from = performance.now();
  disturb(run);
  const ended = await run.ended;
  return { seconds: (ended.at - from) / 1000, ended };
}

it('ends within seconds when a rank is killed, and resumes with one process and with two', async () => {
  for (const rank of [0, 1]) {
    const name = `killed-${rank}`;
    const { seconds, ended } = await disturbed(name, (run) => process.kill(run.pidOf(rank), 'SIGKILL'));
    expect(ended.status).not.toBe(0);
    expect(seconds).toBeLessThan(20);
    await cp(folder(name), folder(`${name}-by-one`), { recursive: true });
    await ais(1, ['sft', '--resume', '--out', folder(`${name}-by-one`), '--json']);
    await ais(2, ['sft', '--resume', '--out', folder(name), '--json']);
    await expectClose('alone', `${name}-by-one`);
    expect(await metricsOf(folder(name))).toEqual(await metricsOf(folder('two')));
  }
});

it('stops at a checkpoint when mpirun is sent SIGUSR2, or one rank SIGTERM', async () => {
  for (const [name, disturb] of [
    ['stopped', (run: StartedAis) => process.kill(run.pid, 'SIGUSR2')],
    ['one-stopped', (run: StartedAis) => process.kill(run.pidOf(1), 'SIGTERM')],
  ] as const) {
    const { ended } = await disturbed(name, disturb);
    expect(ended.status).toBe(130);
    expect(ended.stderr).toContain('To resume: ais sft --resume');
    const steps = (await metricsOf(folder(name))).filter(({ event }) => event === 'train');
    const checkpoints = await readdir(join(folder(name), 'checkpoints'));
    expect(steps.length).toBeLessThan(STEPS);
    expect(checkpoints).toContain(`step-${steps.length}`);
    await ais(2, ['sft', '--resume', '--out', folder(name), '--json']);
    expect(await metricsOf(folder(name))).toEqual(await metricsOf(folder('two')));
  }
});

it('says why a rank cannot take part, and ends the others', async () => {
  const { status, stderr } = await startAis(2, ['sft', ...tiny, '--steps', '2']).ended;
  expect(status).not.toBe(0);
  expect(stderr).toContain('--out is needed');
  const again = await startAis(2, sft('two')).ended;
  expect(again.status).not.toBe(0);
  expect(again.stderr).toContain('already holds a run');
  const other = await startAis(2, sft('other'), { AIS_MPI_LIBRARY: 'libc.so.6' }).ended;
  expect(other.stderr).toContain('libc.so.6 is not OpenMPI');
});

it('trains adapters, policies on pairs, and reward models as one process does', async () => {
  for (const [name, args] of [
    ['lora', ['sft', ...tiny, '--steps', '6', '--set', 'training.lora.rank=2']],
    ['reward', ['reward', ...tiny, '--steps', '6', '--set', 'training.adamEpsilon=1e-4']],
    [
      'train',
      [
        ...['train', ...tiny, '--model', folder('alone'), '--steps', '6'],
        ...['--set', 'evaluation.points=1', '--set', 'evaluation.prompts=8'],
      ],
    ],
  ] as const) {
    await ais(1, [...args, '--out', folder(`${name}-alone`)]);
    await ais(2, [...args, '--out', folder(name)]);
    await expectClose(`${name}-alone`, name, /^loss$/);
  }
});
