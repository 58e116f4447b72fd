import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BenchmarkError } from './errors.js';
import type { Side } from './sides/side.js';

export interface SideProgram {
  /** For people. */
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
}

/** One of our own sides, in a process of its own. */
export function nodeSide(name: string, settings: object): SideProgram {
  const script = fileURLToPath(new URL('./side.js', import.meta.url));
  return { name, command: process.execPath, arguments: [script, name, JSON.stringify(settings)] };
}

/** A side written in Python, by the name of its script. */
export function pythonSide(python: string, script: string, settings: object): SideProgram {
  const path = fileURLToPath(new URL(`../python/${script}.py`, import.meta.url));
  return { name: script, command: python, arguments: [path, JSON.stringify(settings)] };
}

/** Variables that would give one side another arithmetic, or another number of threads, than the other. */
const SETTINGS_OF_LIBRARIES =
  /^(ONEDNN_|DNNL_|TF_|MKL_|OMP_|KMP_|GOMP_|OPENBLAS_|TORCH|PYTORCH_|ACCELERATE_)/;

/**
 * Starts a side in a process of its own, and waits until it is ready to measure.
 *
 * @param options.threads how many threads its libraries may use
 * @param options.signal ends the process
 * @throws {BenchmarkError} `side-failed` with the end of what the process wrote, where it ends early
 * @throws the signal's reason when it aborts
 */
export async function startSide<Facts, Answer>(
  program: SideProgram,
  { threads, signal }: { readonly threads: number; readonly signal?: AbortSignal },
): Promise<Side<Facts, Answer>> {
  signal?.throwIfAborted();
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !SETTINGS_OF_LIBRARIES.test(name)),
  );
  const child = spawn(program.command, program.arguments, {
    stdio: 'pipe',
    env: {
      ...environment,
      OMP_NUM_THREADS: `${threads}`,
      TF_NUM_INTRAOP_THREADS: `${threads}`,
      TF_CPP_MIN_LOG_LEVEL: '2',
      HF_HUB_OFFLINE: '1',
      TOKENIZERS_PARALLELISM: 'false',
      RAYON_NUM_THREADS: '1',
    },
  });
  const stop = (): boolean => child.kill();
  signal?.addEventListener('abort', stop);
  const ended = whenEnded(child, program, signal).finally(() => signal?.removeEventListener('abort', stop));
  // A request that is under way reports the end; without one, nobody needs to know.
  ended.catch(() => {});
  // Writing to a process that has ended fails here too; `ended` says why.
  child.stdin.on('error', () => {});

  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextAnswer = async (): Promise<unknown> => {
    const { value, done } = await Promise.race([lines.next(), ended]);
    return done ? ended : JSON.parse(value);
  };
  const facts = (await nextAnswer()) as Facts;
  return {
    facts,
    async measure() {
      child.stdin.write('measure\n');
      return (await nextAnswer()) as Answer;
    },
    async close() {
      child.stdin.end();
      // What it measured is known: there is no need to wait for a tidy end.
      child.kill();
      await ended.catch(() => {});
    },
  };
}

const KEPT_OUTPUT = 4000;

async function whenEnded(child: ChildProcess, program: SideProgram, signal?: AbortSignal): Promise<never> {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT);
  });
  const how = await new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, name) => resolve(name ?? `exit status ${code}`));
  });
  signal?.throwIfAborted();
  throw new BenchmarkError('side-failed', `The side "${program.name}" ended (${how}):\n${output.trim()}`);
}
