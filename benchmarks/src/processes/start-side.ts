import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BenchmarkError } from '../errors.js';
import { PYTHON, SIDE } from '../places.js';
import type { SideName } from '../sides/registry.js';
import type { Side } from '../sides/side.js';
import { pythonEnvironment } from './python-environment.js';

/** One of our own sides by its name, or one of Python's by its script's, and what it is to do. */
export type SideProgram =
  | { readonly side: SideName; readonly settings: object }
  | { readonly python: string; readonly settings: object };

export interface StartOptions {
  /** How many threads a side's libraries may use. */
  readonly threads: number;
  /** Ends the processes. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/**
 * Variables that would give one side another arithmetic, or another number of threads, than the other; not whether native-gpu gives the
 * same digits every time, which is measured both ways.
 */
const SETTINGS_OF_LIBRARIES =
  /^(?!TF_DETERMINISTIC_OPS$)(ONEDNN|DNNL|TF|MKL|OMP|KMP|GOMP|OPENBLAS|TORCH|PYTORCH|ACCELERATE|MALLOC|RAYON)_|^LD_PRELOAD$/;

/**
 * Starts a side in a process of its own, and waits until it is ready to measure.
 *
 * @throws {BenchmarkError} `side-failed` with the end of what the process wrote, where it ends early
 * @throws the signal's reason when it aborts
 */
export async function startSide<Facts, Answer>(
  program: SideProgram,
  options: StartOptions,
): Promise<Side<Facts, Answer>> {
  const { threads, signal } = options;
  const { name, command, script } = await locate(program, options);
  signal?.throwIfAborted();
  const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS_OF_LIBRARIES.test(name));
  const child = spawn(command, [...script, JSON.stringify(program.settings)], {
    stdio: 'pipe',
    env: {
      ...Object.fromEntries(inherited),
      OMP_NUM_THREADS: `${threads}`,
      TF_NUM_INTRAOP_THREADS: `${threads}`,
      AIS_THREADS: `${threads}`,
      TF_CPP_MIN_LOG_LEVEL: '2',
      RAYON_NUM_THREADS: '1',
      TOKENIZERS_PARALLELISM: 'false',
      // Everything is on this machine.
      HF_HUB_OFFLINE: '1',
    },
  });
  // Nothing that a side holds needs a tidy end: its files stand in the folder of the benchmark.
  const stop = (): boolean => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  const ended = whenEnded(child, name, signal).finally(() => signal?.removeEventListener('abort', stop));
  // Code that waits for an answer learns of the end; if nothing is waiting, nothing needs to know.
  ended.catch(() => {});
  // Writing to a process that has ended fails here too; `ended` says why.
  child.stdin.on('error', () => {});

  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextAnswer = async (): Promise<unknown> => {
    const line = await Promise.race([lines.next(), ended]);
    return line.done ? ended : JSON.parse(line.value);
  };
  const facts = (await nextAnswer()) as Facts;
  return {
    facts,
    async measure() {
      child.stdin.write('measure\n');
      return (await nextAnswer()) as Answer;
    },
    async close() {
      stop();
      await ended.catch(() => {});
    },
  };
}

async function locate(
  program: SideProgram,
  options: StartOptions,
): Promise<{ name: string; command: string; script: string[] }> {
  if ('side' in program) {
    return { name: program.side, command: process.execPath, script: [SIDE, program.side] };
  }
  const script = join(PYTHON, `${program.python}.py`);
  return { name: `${program.python}.py`, command: await pythonEnvironment(options), script: [script] };
}

const KEPT_OUTPUT = 4000;

async function whenEnded(child: ChildProcess, name: string, signal?: AbortSignal): Promise<never> {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT);
  });
  const how = await new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, killedBy) => resolve(killedBy ?? `exit status ${code}`));
  });
  signal?.throwIfAborted();
  throw new BenchmarkError('side-failed', `The side ${name} ended (${how}):\n${output.trim()}`);
}
