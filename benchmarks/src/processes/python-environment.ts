import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile } from '@ais/runtime/files';
import { BenchmarkError } from '../errors.js';
import { PYTHON } from '../places.js';

export interface PythonEnvironmentOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/**
 * Finds or makes the virtual environment with what the benchmarks compare with.
 *
 * Its folder, in the user's cache, is named after the content of `python/requirements.txt`, so that another list of
 * versions makes another environment. It appears whole or not at all. `AIS_BENCHMARK_PYTHON` names an interpreter
 * that has the packages already.
 *
 * @returns the path of its interpreter
 * @throws {BenchmarkError} `python-absent` without a `python3` that has venv; `packages-absent` where pip fails
 */
export async function pythonEnvironment({
  signal,
  onProgress,
}: PythonEnvironmentOptions = {}): Promise<string> {
  const given = process.env['AIS_BENCHMARK_PYTHON'];
  if (given) return given;
  const requirements = join(PYTHON, 'requirements.txt');
  const hash = (await sha256OfFile(requirements)).slice(0, 12);
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ais');
  const directory = join(cache, `benchmarks-python-${hash}`);
  const interpreter = (folder: string): string => join(folder, 'bin', 'python');
  if (await exists(interpreter(directory))) return interpreter(directory);

  onProgress?.(`Making a Python environment in ${directory}: some gigabytes come from PyPI, once.`);
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${directory}-`);
  try {
    await run('python3', ['-m', 'venv', unfinished], signal).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new BenchmarkError(
        'python-absent',
        `The other side needs Python 3.11 or newer as python3, with venv (Debian: apt install python3-venv): ${text(cause)}`,
        { cause },
      );
    });
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '-r', requirements];
    await run(interpreter(unfinished), pip, signal).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new BenchmarkError(
        'packages-absent',
        `pip could not install ${requirements}. Check that PyPI is reachable and the disk has 8 GB free, or name ` +
          `an interpreter that has these packages in AIS_BENCHMARK_PYTHON.\n${text(cause)}`,
        { cause },
      );
    });
    await rename(unfinished, directory).catch(async (error: unknown) => {
      // Another process has made the same one in the meantime.
      if (!(await exists(interpreter(directory)))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return interpreter(directory);
}

async function run(command: string, argv: readonly string[], signal?: AbortSignal): Promise<void> {
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): boolean => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-4000);
    });
  }
  try {
    // Only once it has ended is nothing writing to its folder anymore.
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(output.trim()))));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

const exists = (path: string): Promise<boolean> => stat(path).then(Boolean, () => false);

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
