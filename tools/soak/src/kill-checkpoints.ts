import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reproducibleMetrics, storedCheckpoints, wasWriting } from './stored-run.js';
import type { ChildReport } from './training-child.js';

/** What came of killing a run again and again. */
export interface KillFigures {
  readonly kills: number;
  /** Kills after which neither the old nor the new checkpoint was there. */
  readonly neither: number;
  /** Kills after which a checkpoint under its final name was not what its manifest says. */
  readonly mixed: number;
  /** Whole checkpoints, and runs led to their end, that differ from those of an unbroken run. */
  readonly resumeDifferences: number;
  /** Kills that left a checkpoint half written or half removed. */
  readonly duringWriting: number;
  /** Runs led to their end. */
  readonly runs: number;
}

const STEPS = 300;
/** Kills fall within this time after training goes on, in which some twenty checkpoints are written. */
const LONGEST_LIFE_MS = 400;

/**
 * Kills a process that trains and writes a checkpoint at every step, at random instants, and looks at what is left.
 *
 * A run that was killed is led on by the next process until it is done; then its end is compared with an unbroken run's.
 *
 * @param folder where the runs are made
 */
export async function killCheckpoints(
  kills: number,
  folder: string,
  backend: string,
  random: () => number,
  onProgress: (done: number) => void,
): Promise<KillFigures> {
  const unbroken = join(folder, 'unbroken');
  await live(unbroken, backend, { keep: STEPS, onCheckpoint: () => {} });
  const expected = new Map(storedCheckpoints(unbroken).map(({ step, fingerprint }) => [step, fingerprint]));
  const expectedMetrics = reproducibleMetrics(unbroken);
  const figures = { kills: 0, neither: 0, mixed: 0, resumeDifferences: 0, duringWriting: 0, runs: 0 };

  while (figures.kills < kills) {
    const run = join(folder, `run-${figures.runs}`);
    let acknowledged = 0;
    for (let done = false; !done; ) {
      const last = figures.kills >= kills;
      const life = await live(run, backend, {
        ...(!last && { killAfter: random() * LONGEST_LIFE_MS }),
        onCheckpoint: (step) => {
          acknowledged = Math.max(acknowledged, step);
        },
      });
      done = life === 'done';
      if (!done) {
        figures.kills += 1;
        if (wasWriting(run)) figures.duringWriting += 1;
        const stored = storedCheckpoints(run);
        const newest = stored.findLast(({ whole }) => whole)?.step ?? 0;
        if (newest < acknowledged) figures.neither += 1;
        if (stored.some(({ whole }) => !whole)) figures.mixed += 1;
        if (stored.some(({ step, whole, fingerprint }) => whole && expected.get(step) !== fingerprint))
          figures.resumeDifferences += 1;
        onProgress(figures.kills);
      }
    }
    const end = storedCheckpoints(run).at(-1);
    if (end?.step !== STEPS || end.fingerprint !== expected.get(STEPS)) figures.resumeDifferences += 1;
    if (reproducibleMetrics(run) !== expectedMetrics) figures.resumeDifferences += 1;
    figures.runs += 1;
    rmSync(run, { recursive: true });
  }
  return figures;
}

/** Lets a process train until it is done or is killed. */
function live(
  run: string,
  backend: string,
  options: {
    readonly keep?: number;
    readonly killAfter?: number;
    readonly onCheckpoint: (step: number) => void;
  },
): Promise<'done' | 'killed'> {
  return new Promise((resolve, reject) => {
    const program = fileURLToPath(new URL('./training-child.js', import.meta.url));
    const child: ChildProcess = fork(program, [run, backend, `${STEPS}`, `${options.keep ?? 2}`], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let done = false;
    let said = '';
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    child.on('message', (report: ChildReport) => {
      if (report.type === 'done') done = true;
      else if (report.type === 'checkpoint') options.onCheckpoint(report.step);
      else if (options.killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), options.killAfter);
    });
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      if (done) resolve('done');
      else if (signal === 'SIGKILL') resolve('killed');
      else reject(new Error(`The process that trains ended with ${status ?? signal}: ${said}`));
    });
  });
}
