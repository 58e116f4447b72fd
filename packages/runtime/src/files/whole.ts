import { FileError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';
import { atExit } from '../process/at-exit.js';
import { explainFileError } from './explain-file-error.js';
import { isStream } from './is-stream.js';
import { isAbandoned, isTemporary, temporaryPath } from './temporary-path.js';

const WHAT = 'Writing files';

/**
 * Gives what was made under a temporary name its own name, so that even a power cut leaves either what was there before
 * or the new content: flushes the file (or every file of the folder), renames it, and flushes the folder around it.
 *
 * @param path a file may exist already and is replaced; a folder must not exist, or be empty
 * @example
 * const temporary = temporaryPath('result.json');
 * await writeJson(temporary, 42);
 * await publish(temporary, 'result.json'); // there whole, or not at all
 */
export async function publish(temporary: string, path: string): Promise<void> {
  const { rename } = nodeBuiltin('node:fs/promises', WHAT);
  const { dirname } = nodeBuiltin('node:path', WHAT);
  await flush(temporary);
  await rename(temporary, path);
  await flushFolder(dirname(path));
}

/**
 * Makes a file or a folder that is there whole or not at all, also after a crash or a power cut.
 *
 * @param path where it goes; folders around it are made
 * @param make makes it at the path that it is given; what it throws is thrown, and nothing is left then
 * @param options `flush`: false for what is compared with a hash before it is used, so that a power cut may leave less than all of it
 * @returns what `make` returns
 * @throws {FileError} `disk-full`; `not-writable`, also for a device or a pipe
 * @example
 * await makeWhole('runs/a/pairs.parquet', (temporary) => writeParquet(temporary, pairs));
 */
export async function makeWhole<T>(
  path: string,
  make: (temporary: string) => Promise<T>,
  { flush = true }: { readonly flush?: boolean } = {},
): Promise<T> {
  const { mkdir, rename, rm } = nodeBuiltin('node:fs/promises', WHAT);
  const { rmSync } = nodeBuiltin('node:fs', WHAT);
  const { dirname } = nodeBuiltin('node:path', WHAT);
  const temporary = temporaryPath(path);
  const callOff = atExit(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    if (await isStream(path)) {
      const says = `${path} is a device or a pipe, which a file would replace. Name a file.`;
      throw new FileError('not-writable', path, says);
    }
    await mkdir(dirname(path), { recursive: true });
    await removeAbandoned(dirname(path));
    const result = await make(temporary);
    await (flush ? publish : rename)(temporary, path);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw explainFileError(error, path);
  } finally {
    callOff();
  }
}

/**
 * Writes a file that is there whole or not at all, also after a crash or a power cut.
 *
 * @param path where it goes; folders around it are made, and a file that is there is replaced. A device or a pipe takes the content
 * @param options as of `makeWhole`
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * await writeWhole('runs/a/notes.txt', 'begun\n');
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  options: { readonly flush?: boolean } = {},
): Promise<void> {
  const { writeFile } = nodeBuiltin('node:fs/promises', WHAT);
  if (!(await isStream(path))) return makeWhole(path, (temporary) => writeFile(temporary, content), options);
  try {
    await writeFile(path, content);
  } catch (error) {
    throw explainFileError(error, path);
  }
}

/**
 * Makes a folder that is there with all its files or not at all.
 *
 * @param path must not exist, or be an empty folder
 * @param fill writes the files into the folder that it is given; `makeWhole` for the rest
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * await makeWholeFolder('runs/a/model', (temporary) => savePretrained(model, temporary));
 */
export function makeWholeFolder<T>(path: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  const { mkdir } = nodeBuiltin('node:fs/promises', WHAT);
  return makeWhole(path, async (temporary) => {
    await mkdir(temporary);
    return fill(temporary);
  });
}

/**
 * Removes a file or a folder so that no reader finds a part of it, even after a crash: it loses its name first.
 *
 * @param path may be missing
 * @example
 * await writeWhole('runs/a/notes.txt', 'begun\n');
 * await removeWhole('runs/a');
 */
export async function removeWhole(path: string): Promise<void> {
  const { rename, rm } = nodeBuiltin('node:fs/promises', WHAT);
  const leaving = temporaryPath(path);
  try {
    await rename(path, leaving);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(leaving, { recursive: true, force: true });
}

/**
 * Removes what writers that were killed left in a folder and below; call it only if nothing else writes there.
 *
 * @example
 * await writeJson(temporaryPath('killed.json'), 1); // what a writer that was killed leaves
 * await removeLeftovers('.');
 */
export async function removeLeftovers(directory: string): Promise<void> {
  const { readdir, rm } = nodeBuiltin('node:fs/promises', WHAT);
  const { join } = nodeBuiltin('node:path', WHAT);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (isTemporary(entry.name)) await rm(path, { recursive: true, force: true });
    else if (entry.isDirectory()) await removeLeftovers(path);
  }
}

/** Folders that this process has looked through. */
const looked = new Set<string>();

/** Removes what processes of this machine that were killed left in a folder, the first time that this one writes there. */
async function removeAbandoned(directory: string): Promise<void> {
  const { readdir, rm } = nodeBuiltin('node:fs/promises', WHAT);
  const { join, resolve } = nodeBuiltin('node:path', WHAT);
  const whole = resolve(directory);
  if (looked.has(whole)) return;
  looked.add(whole);
  for (const name of await readdir(whole).catch(() => [])) {
    if (isAbandoned(name)) await rm(join(whole, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** Flushes a file, or a folder with all that is in it. */
async function flush(path: string): Promise<void> {
  const { lstat, readdir } = nodeBuiltin('node:fs/promises', WHAT);
  const { join } = nodeBuiltin('node:path', WHAT);
  const found = await lstat(path);
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await flush(join(path, name));
    await flushFolder(path);
  } else if (found.isFile()) await sync(path);
}

async function flushFolder(path: string): Promise<void> {
  // Windows cannot open folders, and its renames are durable on their own.
  if (process.platform !== 'win32') await sync(path);
}

async function sync(path: string): Promise<void> {
  const { open } = nodeBuiltin('node:fs/promises', WHAT);
  // Windows flushes only what may be written.
  const file = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
