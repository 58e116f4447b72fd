import { rmSync } from 'node:fs';
import { lstat, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../errors.js';
import { readJson } from '../files/json-files.js';
import { sha256OfFile } from '../files/sha256.js';
import { temporaryPath } from '../files/temporary-path.js';
import { publish, removeLeftovers } from '../files/whole.js';
import { atExit } from '../process/at-exit.js';
import { failure, withFileErrors } from './failures.js';
import { identifyWheels, type ObtainOptions, obtainWheel } from './obtain-wheel.js';
import { unpackWheel } from './unpack-wheel.js';
import type { NativeRecipe } from './wheels.js';

export interface LibraryOptions extends ObtainOptions {
  /** Wheels that are here already; their hashes are checked all the same. */
  readonly wheels?: readonly string[];
  readonly signal: AbortSignal;
}

/** What tests replace. */
interface LibrarySeams {
  readonly freeBytes?: (directory: string) => Promise<number>;
}

/** The folder with TensorFlow's libraries, in the cache of native TensorFlow. */
export function libraryFolder(recipe: NativeRecipe, home: string): string {
  return join(home, siteOf(recipe), recipe.folder);
}

/** The same from the folder of an addon in that cache, which is `addons/<name>`. */
export function libraryFromAddon(recipe: NativeRecipe): string {
  return `../../${siteOf(recipe)}/${recipe.folder}`;
}

function siteOf({ tensorflow, key }: NativeRecipe): string {
  return `tensorflow-${tensorflow}-${key}`;
}

/**
 * Brings TensorFlow's libraries into the cache of native TensorFlow, unless they are there as they were unpacked.
 *
 * @param home that cache; the caller holds its lock
 * @returns the folder with the libraries
 */
export async function provideLibrary(
  recipe: NativeRecipe,
  home: string,
  options: LibraryOptions,
  seams: LibrarySeams = {},
): Promise<string> {
  const site = join(home, siteOf(recipe));
  if (!(await isAsUnpacked(site, recipe, options.signal))) await unpack(recipe, home, site, options, seams);
  return libraryFolder(recipe, home);
}

async function unpack(
  recipe: NativeRecipe,
  home: string,
  site: string,
  options: LibraryOptions,
  { freeBytes = freeBytesOf }: LibrarySeams,
): Promise<void> {
  const { signal, onProgress } = options;
  const downloads = join(home, 'downloads');
  await withFileErrors(downloads, () => mkdir(downloads, { recursive: true }));
  // What a killed install left; the lock says that no other process writes here.
  await removeLeftovers(home);
  const needed = recipe.unpackedBytes + recipe.wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = await freeBytes(home);
  if (free < needed) {
    throw new FileError(
      'disk-full',
      home,
      `${home} needs ${megabytes(needed)} and its disk has ${megabytes(free)}. Free some space, or set AIS_CACHE_DIRECTORY to a folder on another disk.`,
    );
  }

  const given = await identifyWheels(options.wheels ?? [], recipe.wheels, downloads, signal);
  const scratch = temporaryPath(site);
  const callOff = atExit(() => rmSync(scratch, { recursive: true, force: true }));
  try {
    await fillSite(scratch);
  } finally {
    callOff();
    await rm(scratch, { recursive: true, force: true });
  }
  await rm(downloads, { recursive: true, force: true });

  async function fillSite(scratch: string): Promise<void> {
    const paths: string[] = [];
    for (const wheel of recipe.wheels) {
      paths.push(given.get(wheel.file) ?? (await obtainWheel(wheel, downloads, options)));
    }
    for (const [index, path] of paths.entries()) {
      const task = `Unpacking ${recipe.wheels[index]?.distribution}`;
      const members = await unpackWheel(path, scratch, isNeeded, {
        signal,
        onProgress: (completed, total) => onProgress?.({ task, completed, total }),
      });
      const [library] = recipe.libraries;
      if (index === 0 && !members.includes(`${recipe.folder}/${library}`)) {
        throw failure(
          'broken-wheel',
          `${path} does not hold TensorFlow's library. Delete it and run this again.`,
        );
      }
    }
    // The folder gets its name only when it is complete.
    await withFileErrors(site, async () => {
      const files = await hashesOf(scratch, signal);
      await writeFile(join(scratch, RECORD), `${JSON.stringify({ recipe, files }, null, 2)}\n`);
      await rm(site, { recursive: true, force: true });
      await publish(scratch, site);
    });
  }
}

/** What was unpacked, with the SHA-256 of each file as it lies on the disk; written last. */
const RECORD = 'complete.json';

async function hashesOf(folder: string, signal: AbortSignal): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if (name !== RECORD && (await lstat(path)).isFile()) files[name] = await sha256OfFile(path, { signal });
  }
  return files;
}

/** Whether what was unpacked before is what it was then, by the same recipe. */
async function isAsUnpacked(site: string, recipe: NativeRecipe, signal: AbortSignal): Promise<boolean> {
  const record = await readJson<{ readonly recipe?: unknown; readonly files?: unknown }>(
    join(site, RECORD),
  ).catch(() => undefined);
  if (record?.files === undefined || JSON.stringify(record.recipe) !== JSON.stringify(recipe)) return false;
  return JSON.stringify(record.files) === JSON.stringify(await hashesOf(site, signal));
}

/** TensorFlow's libraries, those that its wheel brings for them, the headers that the addon includes, and CUDA's libraries. */
export function isNeeded(path: string): boolean {
  return (
    // Those of Arm look for OpenMP there.
    /^tensorflow\w*\.libs\/.*\.so[.\d]*$/.test(path) ||
    /^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/.test(path) ||
    /^tensorflow\/include\/(tensorflow\/c|tsl\/c|xla\/tsl\/c)\/.*\.h$/.test(path) ||
    /^tensorflow\/include\/(tensorflow\/core|tsl|xla\/tsl)\/platform\/ctstring(_internal)?\.h$/.test(path) ||
    // What kernels.h of TensorFlow 2.20 includes.
    /^tensorflow\/include\/(tsl\/platform\/platform|tensorflow\/core\/common_runtime\/next_pluggable_device\/c\/\w+)\.h$/.test(
      path,
    ) ||
    /^nvidia\/.*\/lib\/.*\.so[.\d]*$/.test(path) ||
    // The archive for Windows.
    /^(lib\/tensorflow\.(dll|lib)|include\/.*\.h)$/.test(path)
  );
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
