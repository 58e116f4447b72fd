import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { differingSteps, type MetricsByStep, metricsByStep } from './metrics-by-step.js';
import { MOST_STEPS, type SizeOfHours } from './size-of-hours.js';
import { storedCheckpoints } from './stored-run.js';

/** What one call has trained. */
export interface TrainedHours {
  readonly size: SizeOfHours;
  readonly backend: string;
  /** Of the run that nothing disturbed. */
  readonly hours: number;
  /** Updates in them. */
  readonly steps: number;
  readonly kills: number;
  /** Updates that were done again because a kill came before the next checkpoint. */
  readonly repeated: number;
  /** Updates whose metrics differ between the two, before a kill or in the end, and the last checkpoint where it differs. */
  readonly differences: number;
  /** The undisturbed process's largest resident size in each twelfth of the time. */
  readonly residentMegabytes: readonly number[];
}

export interface HoursOptions {
  /** Holds both runs; a later call continues there, even on another machine. */
  readonly directory: string;
  readonly hours: number;
  /** Minutes in which one kill comes, at a random moment. */
  readonly killEvery: number;
  readonly size: SizeOfHours;
  readonly backend: string;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

/**
 * Trains a run for some hours, and another one up to the same update whose process is killed now and then; then compares all
 * metrics and the checkpoints of the two.
 */
export async function trainHours(options: HoursOptions): Promise<TrainedHours> {
  const { directory, hours, killEvery, size, backend, random, say } = options;
  mkdirSync(directory, { recursive: true });
  const [unbroken, killed] = [join(directory, 'unbroken'), join(directory, 'killed')];
  const from = stepOf(unbroken);
  const started = performance.now();
  await live(unbroken, options, { lastStep: MOST_STEPS, seconds: 3600 * hours });
  const trained = (performance.now() - started) / 3_600_000;
  const steps = stepOf(unbroken);
  say(`${steps - from} updates in ${trained.toFixed(2)} hours, ${steps} in all; now the same under kills`);

  const expected = metricsByStep(unbroken);
  let kills = 0;
  let repeated = 0;
  const differing = new Set<number>();
  let worked = 0;
  for (;;) {
    const began = performance.now();
    const due = (kills + random()) * 60_000 * killEvery;
    repeated += Math.max(0, lastOf(metricsByStep(killed)) - stepOf(killed));
    const isDone = await live(killed, options, { lastStep: steps, kill: Math.max(0, due - worked) });
    worked += performance.now() - began;
    for (const step of differingSteps(metricsByStep(killed), expected)) differing.add(step);
    if (isDone) break;
    kills += 1;
    say(`kill ${kills} after update ${lastOf(metricsByStep(killed))}, ${differing.size} differences`);
  }
  const found = metricsByStep(killed);
  for (const step of expected.keys()) if (!found.has(step)) differing.add(step);
  const [own, other] = [unbroken, killed].map((run) => storedCheckpoints(run).at(-1));
  const isSame = own?.whole === true && other?.whole === true && own.fingerprint === other.fingerprint;
  return {
    size,
    backend,
    hours: trained,
    steps: steps - from,
    kills,
    repeated,
    differences: differing.size + (isSame ? 0 : 1),
    residentMegabytes: residentMegabytes(unbroken, from),
  };
}

const STRETCHES = 12;

/** The largest resident size in each twelfth of the updates after one. */
function residentMegabytes(run: string, from: number): number[] {
  const sizes = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; step: number; 'memory/resident_bytes': number })
    .filter(({ event, step }) => event === 'train' && step > from)
    .map((line) => line['memory/resident_bytes']);
  const stretch = Math.max(1, Math.ceil(sizes.length / STRETCHES));
  return Array.from({ length: Math.ceil(sizes.length / stretch) }, (_, index) =>
    Math.round(Math.max(...sizes.slice(index * stretch, (index + 1) * stretch)) / 2 ** 20),
  );
}

function lastOf(metrics: MetricsByStep): number {
  return Math.max(0, ...metrics.keys());
}

/** The update of a run's newest checkpoint. */
function stepOf(run: string): number {
  return existsSync(run) ? (storedCheckpoints(run).at(-1)?.step ?? 0) : 0;
}

/** Lets a process train; true if it ended by itself. */
function live(
  run: string,
  { backend, size }: HoursOptions,
  until: { readonly lastStep: number; readonly seconds?: number; readonly kill?: number },
): Promise<boolean> {
  const { lastStep, seconds = Number.POSITIVE_INFINITY, kill } = until;
  const program = fileURLToPath(new URL('../dist/hours-child.js', import.meta.url));
  const child: ChildProcess = fork(program, [run, backend, size, `${lastStep}`, `${seconds}`], {
    // Not the options of a test runner, which would load the packages' sources.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) resolve(true);
      else if (signal === 'SIGKILL' && kill !== undefined) resolve(false);
      else reject(new Error(`The process that trains ended with ${status ?? signal}: ${said}`));
    });
  });
}
