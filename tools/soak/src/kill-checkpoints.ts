import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reproducibleMetrics, storedCheckpoints, wasWriting } from './stored-run.js';
import type { ChildReport } from './training-child.js';

/** When a process is killed: a fraction of the time of one checkpoint after it has written this many. */
interface Kill {
  readonly checkpoints: number;
  readonly fraction: number;
}

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

/** A life ends before it has written this many checkpoints. */
const LONGEST_LIFE = 16;

/**
 * Kills a process that trains and writes a checkpoint at every step, at random instants, and looks at what is left.
 *
 * A run that was killed is led on by the next process until it is done; then its end is compared with an unbroken run's.
 *
 * @param options.folder where the runs are made
 * @param options.steps updates of a run, and so checkpoints
 * @param options.processes how many are trained and killed side by side
 */
export async function killCheckpoints(
  kills: number,
  options: {
    readonly folder: string;
    readonly backend: string;
    readonly steps: number;
    readonly processes: number;
    readonly random: () => number;
    readonly onProgress: (done: number) => void;
  },
): Promise<KillFigures> {
  const { folder, backend, steps, processes, random, onProgress } = options;
  const unbroken = join(folder, 'unbroken');
  await live(unbroken, { backend, steps, keep: steps, onCheckpoint: () => {} });
  const expected = new Map(storedCheckpoints(unbroken).map(({ step, fingerprint }) => [step, fingerprint]));
  const expectedMetrics = reproducibleMetrics(unbroken);
  const figures = { kills: 0, neither: 0, mixed: 0, resumeDifferences: 0, duringWriting: 0, runs: 0 };
  let planned = 0;

  /** Lets a run live once, and looks at what its end left; true when the run is done. */
  const liveAndLook = async (run: string, acknowledge: (step?: number) => number): Promise<boolean> => {
    const kill =
      planned < kills
        ? { checkpoints: Math.floor(random() * Math.min(LONGEST_LIFE, steps / 2)), fraction: random() * 1.5 }
        : undefined;
    if (kill) planned += 1;
    const life = await live(run, { backend, steps, ...(kill && { kill }), onCheckpoint: acknowledge });
    if (life === 'done') {
      if (kill) planned -= 1;
      return true;
    }
    figures.kills += 1;
    if (wasWriting(run)) figures.duringWriting += 1;
    const stored = storedCheckpoints(run);
    const newest = stored.findLast(({ whole }) => whole)?.step ?? 0;
    if (newest < acknowledge()) figures.neither += 1;
    if (stored.some(({ whole }) => !whole)) figures.mixed += 1;
    if (stored.some(({ step, whole, fingerprint }) => whole && expected.get(step) !== fingerprint))
      figures.resumeDifferences += 1;
    onProgress(figures.kills);
    return false;
  };

  const leadOn = async (name: string): Promise<void> => {
    for (let number = 0; planned < kills; number++) {
      const run = join(folder, `${name}-${number}`);
      let acknowledged = 0;
      const acknowledge = (step = 0): number => {
        acknowledged = Math.max(acknowledged, step);
        return acknowledged;
      };
      while (!(await liveAndLook(run, acknowledge)));
      const end = storedCheckpoints(run).at(-1);
      if (end?.step !== steps || end.fingerprint !== expected.get(steps)) figures.resumeDifferences += 1;
      if (reproducibleMetrics(run) !== expectedMetrics) figures.resumeDifferences += 1;
      figures.runs += 1;
      rmSync(run, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: processes }, (_, index) => leadOn(`run-${index}`)));
  return figures;
}

/** Lets a process train until it is done or is killed. */
function live(
  run: string,
  options: {
    readonly backend: string;
    readonly steps: number;
    readonly keep?: number;
    readonly kill?: Kill;
    readonly onCheckpoint: (step: number) => void;
  },
): Promise<'done' | 'killed'> {
  return new Promise((resolve, reject) => {
    const program = fileURLToPath(new URL('../dist/training-child.js', import.meta.url));
    const child: ChildProcess = fork(
      program,
      [run, options.backend, `${options.steps}`, `${options.keep ?? 2}`],
      {
        // Not the options of a test runner, which would load the packages' sources.
        execArgv: [],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    let done = false;
    let said = '';
    let written = 0;
    let before = performance.now();
    // The time of the last checkpoint says how long the next one takes, on a busy machine and on an idle one.
    const tick = (): void => {
      const now = performance.now();
      const { kill } = options;
      if (kill && written === kill.checkpoints) {
        setTimeout(() => child.kill('SIGKILL'), kill.fraction * (written > 0 ? now - before : 50));
      }
      before = now;
    };
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    child.on('message', (report: ChildReport) => {
      if (report.type === 'done') {
        done = true;
        return;
      }
      if (report.type === 'checkpoint') {
        written += 1;
        options.onCheckpoint(report.step);
      }
      tick();
    });
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      if (done) resolve('done');
      else if (signal === 'SIGKILL') resolve('killed');
      else reject(new Error(`The process that trains ended with ${status ?? signal}: ${said}`));
    });
  });
}
