import { constants, existsSync, rmSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { NativeInstallError } from '../errors.js';
import { sha256OfFile } from '../files/sha256.js';
import { temporaryPath } from '../files/temporary-path.js';
import { publish } from '../files/whole.js';
import { atExit } from '../process/at-exit.js';
import { downloadWheel } from './download-wheel.js';
import { failure, withFileErrors } from './failures.js';
import { locateWheel } from './package-index.js';
import { downloadWithPip, findPip } from './pip-download.js';
import type { Wheel } from './wheels.js';

/** How far a step of provisioning has come. */
export interface ProvisionProgress {
  /** What is being done, the same words from its first to its last report. */
  readonly task: string;
  /** Bytes so far, where the task counts them. */
  readonly completed?: number;
  /** Bytes in all, where the task counts them. */
  readonly total?: number;
}

/** How a wheel is brought. */
export interface ObtainOptions {
  /** The Python package index; by default `PIP_INDEX_URL`, or PyPI, and if that does not answer what this machine's pip uses. */
  readonly indexUrl?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProvisionProgress) => void;
}

/** Brings one wheel, checked, and says where it lies. */
export async function obtainWheel(wheel: Wheel, downloads: string, options: ObtainOptions): Promise<string> {
  const { signal, onProgress } = options;
  const destination = join(downloads, wheel.file);
  const task = `Downloading ${wheel.distribution} ${wheel.version}`;
  const report = (completed: number, total: number): void => onProgress?.({ task, completed, total });
  if (existsSync(destination)) {
    if ((await sha256OfFile(destination, signalled(signal))) === wheel.sha256) return destination;
    await rm(destination, { force: true });
  }
  const { indexUrl = process.env['PIP_INDEX_URL'] || PYPI } = options;
  const directly = async (): Promise<string> => {
    const { url, headers } =
      wheel.url === undefined ? await locateWheel(indexUrl, wheel, signal) : { url: wheel.url, headers: {} };
    await downloadWheel({ url, headers, destination, ...wheel, ...signalled(signal), onProgress: report });
    return destination;
  };
  try {
    return await directly();
  } catch (error) {
    signal?.throwIfAborted();
    // pip knows mirrors, proxies, and certificates that its own configuration names.
    const isUnreachable = error instanceof NativeInstallError && UNREACHABLE.includes(error.code);
    if (!isUnreachable || options.indexUrl !== undefined || wheel.url !== undefined) throw error;
    const pip = await findPip(signal);
    if (!pip) throw error;
    const fetched = `${destination}.fetched`;
    await downloadWithPip(pip, wheel, fetched, `${destination}.pip`, {
      ...signalled(signal),
      onProgress: report,
    });
    await accept(fetched, wheel, signal);
    await withFileErrors(destination, () => publish(fetched, destination));
    await rm(`${destination}.incomplete`, { force: true });
    return destination;
  }
}

/** The index that pip asks by default. */
const PYPI = 'https://pypi.org/simple/';
const UNREACHABLE: readonly string[] = ['no-index', 'wheel-not-found', 'download-failed'];

/**
 * Tells by their hashes which wheels the given files are. Each is copied into `downloads` first: what is hashed is the copy,
 * and what is unpacked is the copy, whatever happens to the file meanwhile.
 *
 * @returns where the copies lie, by the wheels' files
 */
export async function identifyWheels(
  given: readonly string[],
  wheels: readonly Wheel[],
  downloads: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const path of given.map((name) => resolve(name))) {
    if (!existsSync(path)) {
      const files = wheels.map(({ file }) => file).join(', ');
      throw failure('wheel-not-found', `There is no file ${path}. What --wheel takes here: ${files}.`);
    }
    const copy = temporaryPath(join(downloads, basename(path)));
    const callOff = atExit(() => rmSync(copy, { force: true }));
    try {
      await withFileErrors(copy, () => copyFile(path, copy, constants.COPYFILE_FICLONE));
      const actual = await sha256OfFile(copy, signalled(signal));
      const wheel = wheels.find(({ sha256 }) => sha256 === actual);
      if (!wheel) throw notWanted(path, actual, wheels);
      const kept = join(downloads, wheel.file);
      await withFileErrors(kept, () => publish(copy, kept));
      paths.set(wheel.file, kept);
    } finally {
      callOff();
      await rm(copy, { force: true });
    }
  }
  return paths;
}

function notWanted(path: string, actual: string, wheels: readonly Wheel[]): Error {
  const files = wheels.map(({ file, sha256 }) => `${file} (SHA-256 ${sha256})`).join(', ');
  return failure('wrong-hash', `${path} has SHA-256 ${actual}. What --wheel takes here: ${files}.`);
}

async function accept(path: string, wheel: Wheel, signal: AbortSignal | undefined): Promise<void> {
  const actual = await sha256OfFile(path, signalled(signal));
  if (actual === wheel.sha256) return;
  await rm(path, { force: true });
  throw failure(
    'wrong-hash',
    `pip brought ${wheel.file} with SHA-256 ${actual} where ${wheel.sha256} is expected, so it was deleted. Its index serves another file: use another one with --index-url, or give the right file with --wheel FILE.`,
  );
}

function signalled(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
