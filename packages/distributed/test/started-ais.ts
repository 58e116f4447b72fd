import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** `ais`, as built. */
export const AIS: string = fileURLToPath(new URL('../../cli/dist/bin.js', import.meta.url));

/** `ais` with some arguments, by itself or in several processes. */
export interface StartedAis {
  /** Resolves when standard error has this text. */
  said(text: string | RegExp): Promise<void>;
  /** The process of a rank. */
  pidOf(rank: number): number;
  /** Of `mpirun`, or of the only process. */
  readonly pid: number;
  readonly ended: Promise<{
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
    readonly at: number;
  }>;
}

/**
 * @param ranks how many processes; 1 is one without `mpirun`
 * @param environment beside this process's; one thread per process unless it says otherwise
 */
export function startAis(
  ranks: number,
  args: readonly string[],
  environment: Record<string, string> = {},
): StartedAis {
  return startBy(ranks === 1 ? [] : ['mpirun', '--oversubscribe', '-n', String(ranks)], args, environment);
}

/**
 * @param launcher the command that starts the processes, with its options; none starts one
 * @param environment as of {@link startAis}
 */
export function startBy(
  launcher: readonly string[],
  args: readonly string[],
  environment: Record<string, string> = {},
): StartedAis {
  const [command = process.execPath, ...first] = [...launcher, process.execPath];
  const child = spawn(command, [...first, AIS, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // What the tests are started with is not the runs'.
      NODE_OPTIONS: '',
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS: '1',
      ...environment,
    },
  });
  const out = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      out[stream] += text;
    });
  }
  const ended = new Promise<Awaited<StartedAis['ended']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...out, at: performance.now() }));
  });
  return {
    ended,
    pid: child.pid as number,
    async said(text) {
      while (!(typeof text === 'string' ? out.stderr.includes(text) : text.test(out.stderr))) {
        if (child.exitCode !== null) throw new Error(`It ended before it said ${text}:\n${out.stderr}`);
        await setTimeout(20);
      }
    },
    pidOf: (rank) => rankOf(child, rank),
  };
}

function rankOf({ pid }: ChildProcess, rank: number): number {
  const found = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
    .find((id) =>
      readFileSync(`/proc/${id}/environ`, 'utf8').split('\0').includes(`OMPI_COMM_WORLD_RANK=${rank}`),
    );
  if (found === undefined) throw new Error(`mpirun has no rank ${rank}.`);
  return found;
}

/** Runs to the end. */
export async function ais(
  ranks: number,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<string> {
  const { status, stdout, stderr } = await startAis(ranks, args, environment).ended;
  if (status !== 0) throw new Error(`ais ${args.join(' ')} ended with ${status}:\n${stderr}\n${stdout}`);
  return stdout;
}

/** A run's lines without what differs from run to run. */
export async function metricsOf(directory: string): Promise<Readonly<Record<string, number | string>>[]> {
  const text = await readFile(join(directory, 'metrics.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) =>
      Object.fromEntries(
        Object.entries(JSON.parse(line) as Record<string, number | string>).filter(
          ([key]) => !/^(timing|memory)\//.test(key),
        ),
      ),
    );
}
