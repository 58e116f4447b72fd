import { rmSync } from 'node:fs';
import { lstat, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../errors.js';
import { cacheDirectory } from '../files/cache-directory.js';
import { readJson } from '../files/json-files.js';
import { withLock } from '../files/lock.js';
import { sha256OfFile } from '../files/sha256.js';
import { temporaryPath } from '../files/temporary-path.js';
import { publish, removeLeftovers } from '../files/whole.js';
import { findNativePackages, type NativePackage } from '../native-package.js';
import { atExit } from '../process/at-exit.js';
import { compileAddon } from './compile-addon.js';
import { explaining, failure } from './failures.js';
import { isLinked, linkAddon } from './link-addon.js';
import { identifyWheels, obtainWheel, type ProvisionProgress } from './obtain-wheel.js';
import { tryOwnDownload } from './own-download.js';
import { unpackWheel } from './unpack-wheel.js';
import { verifyNative } from './verify-native.js';
import { findRecipe, type NativeRecipe } from './wheels.js';

export type NativeInstallProgress = ProvisionProgress;

export interface NativeInstallOptions {
  /** Provision `@tensorflow/tfjs-node-gpu` instead of `@tensorflow/tfjs-node`. */
  readonly gpu?: boolean;
  /** The Python package index to download wheels from; else what `PIP_INDEX_URL` or this machine's pip say. */
  readonly indexUrl?: string;
  /** Wheels that are here already, for machines without a network; their hashes are checked all the same. */
  readonly wheels?: readonly string[];
  /** Link and verify again what is in place, and compile it again. */
  readonly force?: boolean;
  /** Skip the package's own download. */
  readonly skipOwnDownload?: boolean;
  /** Milliseconds for everything together. Default: 600,000, ten minutes. */
  readonly timeLimit?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: NativeInstallProgress) => void;
}

export interface NativeInstallReport {
  readonly package: string;
  readonly version: string;
  /** The version that the library states. */
  readonly tensorflow: string;
  /** Whether TensorFlow found a GPU that it can use. */
  readonly gpu: boolean;
  /** `own-download`, `wheel`, or `in-place` where nothing was to be done. */
  readonly source: 'own-download' | 'wheel' | 'in-place';
  /** Why the package's own download was not used; null where it was, or was not tried. */
  readonly ownDownloadRefused: string | null;
  readonly addon: string;
  /** The packages that were provisioned: more than one where several copies are installed. */
  readonly directories: readonly string[];
  readonly seconds: number;
}

/** What tests replace. */
export interface NativeInstallSeams {
  readonly recipe?: NativeRecipe;
  readonly packages?: readonly NativePackage[];
  readonly verify?: typeof verifyNative;
  readonly freeBytes?: (directory: string) => Promise<number>;
}

const TIME_LIMIT = 600_000;

/**
 * Provisions native TensorFlow for the installed `@tensorflow/tfjs-node` (or `-gpu`).
 *
 * First the package's own download, where its host answers; else a wheel of the Python package index, whose
 * hash is pinned, and an addon compiled against it. What is done stays done: a second run, and one after a
 * kill at any moment, resumes from there. At the end a matrix product is computed; where that fails, what
 * was there before is put back.
 *
 * @returns what was installed, from where, and how long it took
 * @throws {NativeInstallError} with a `code` and the remedy
 * @throws {FileError} `disk-full`, `not-writable`; or the signal's reason
 * @example
 * const { tensorflow, seconds } = await installNative({ onProgress: ({ task }) => console.error(task) });
 */
export async function installNative(
  options: NativeInstallOptions = {},
  seams: NativeInstallSeams = {},
): Promise<NativeInstallReport> {
  const { gpu = false, timeLimit = TIME_LIMIT, onProgress } = options;
  const started = performance.now();
  const limit = AbortSignal.timeout(timeLimit);
  const signal = AbortSignal.any([limit, ...(options.signal ? [options.signal] : [])]);
  const name = gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const recipe = seams.recipe ?? findRecipe(process.platform, process.arch, gpu);
  const packages = seams.packages ?? (await findNativePackages(name));
  const [first] = packages;
  if (!first) {
    throw failure(
      'package-not-installed',
      `${name} is not installed. Run: npm install ${name} --ignore-scripts`,
    );
  }
  const home = join(cacheDirectory(), 'native');
  let isWaiting = false;
  try {
    await explaining(home, () => mkdir(home, { recursive: true }));
    const { addon, source, refused } = await withLock(
      join(home, 'install.lock'),
      () => {
        isWaiting = false;
        return provide(first, recipe, home, { ...options, signal }, seams);
      },
      {
        signal,
        onWait: () => {
          isWaiting = true;
          onProgress?.({ task: 'Waiting for another install' });
        },
      },
    );
    onProgress?.({ task: 'Verifying' });
    const undone: (() => Promise<void>)[] = [];
    const kept: (() => Promise<void>)[] = [];
    try {
      for (const target of packages) {
        if (await isLinked(addon, target.addon)) continue;
        const link = await linkAddon(addon, target.addon);
        undone.push(link.undo);
        kept.push(link.keep);
      }
      const proofs = [];
      for (const target of packages) proofs.push(await (seams.verify ?? verifyNative)(target, signal));
      for (const keep of kept) await keep();
      const [proof] = proofs;
      return {
        package: name,
        version: first.version,
        tensorflow: proof?.tensorflow ?? 'unknown',
        gpu: proof?.gpu ?? false,
        source: kept.length === 0 && !options.force ? 'in-place' : source,
        ownDownloadRefused: refused,
        addon,
        directories: packages.map(({ directory }) => directory),
        seconds: (performance.now() - started) / 1000,
      };
    } catch (error) {
      for (const undo of undone) await undo();
      throw error;
    }
  } catch (error) {
    if (limit.aborted && !options.signal?.aborted) {
      if (isWaiting) {
        throw failure(
          'install-running',
          `Another process is installing native TensorFlow into ${home}. Wait for it to end, then run this again.`,
          error,
        );
      }
      throw failure(
        'time-out',
        `The install took longer than ${timeLimit / 1000} s and was stopped. Run this again: it continues where it stopped.`,
        error,
      );
    }
    throw error;
  }
}

interface Provided {
  readonly addon: string;
  readonly source: 'own-download' | 'wheel';
  readonly refused: string | null;
}

async function provide(
  nativePackage: NativePackage,
  recipe: NativeRecipe | undefined,
  home: string,
  options: NativeInstallOptions & { signal: AbortSignal },
  seams: NativeInstallSeams,
): Promise<Provided> {
  const { signal, onProgress, force = false } = options;
  const addons = join(home, 'addons');
  const site = recipe && join(home, `tensorflow-${recipe.tensorflow}-${recipe.key}`);
  const unpacked = site !== undefined && (await isAsUnpacked(site, signal));
  if (force) await rm(addons, { recursive: true, force: true });

  let refused: string | null = null;
  if (!unpacked && !options.skipOwnDownload && !options.wheels?.length) {
    const task = "Trying the package's own download";
    const own = await tryOwnDownload(nativePackage, addons, {
      signal,
      onStart: () => onProgress?.({ task }),
    });
    if ('addon' in own) return { addon: own.addon, source: 'own-download', refused };
    refused = own.refused;
  }
  if (!recipe || !site) throw unsupported(options.gpu ?? false, refused);
  if (process.platform === 'linux' && !usesGlibc()) throw unsupported(options.gpu ?? false, refused);
  if (!unpacked) await unpack(recipe, home, site, options, seams);
  const addon = await compileAddon(nativePackage, join(site, 'tensorflow'), addons, {
    signal,
    onCompile: () => onProgress?.({ task: 'Compiling the addon' }),
  });
  return { addon, source: 'wheel', refused };
}

async function unpack(
  recipe: NativeRecipe,
  home: string,
  site: string,
  options: NativeInstallOptions & { signal: AbortSignal },
  { freeBytes = freeBytesOf }: NativeInstallSeams,
): Promise<void> {
  const { signal, onProgress } = options;
  const downloads = join(home, 'downloads');
  await explaining(downloads, () => mkdir(downloads, { recursive: true }));
  // What a killed install left; the lock says that nobody else writes here.
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
      if (index === 0 && !members.some((member) => member.endsWith('/libtensorflow_cc.so.2'))) {
        throw failure(
          'broken-wheel',
          `${path} does not hold TensorFlow's library. Delete it and run this again.`,
        );
      }
    }
    // The folder gets its name only when it is complete.
    await explaining(site, async () => {
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

/** Whether what was unpacked before is what it was then. */
async function isAsUnpacked(site: string, signal: AbortSignal): Promise<boolean> {
  const record = await readJson<{ readonly files?: unknown }>(join(site, RECORD)).catch(() => undefined);
  if (record?.files === undefined) return false;
  return JSON.stringify(record.files) === JSON.stringify(await hashesOf(site, signal));
}

/** TensorFlow's libraries, the headers that the addon includes, and CUDA's libraries. */
function isNeeded(path: string): boolean {
  return (
    /^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/.test(path) ||
    /^tensorflow\/include\/(tensorflow\/c|tsl\/c|xla\/tsl\/c)\/.*\.h$/.test(path) ||
    /^tensorflow\/include\/(tensorflow\/core|tsl|xla\/tsl)\/platform\/ctstring(_internal)?\.h$/.test(path) ||
    /^nvidia\/.*\/lib\/.*\.so[.\d]*$/.test(path)
  );
}

function unsupported(gpu: boolean, refused: string | null): Error {
  const libc = process.platform === 'linux' && !usesGlibc() ? ' with musl' : '';
  return failure(
    'unsupported-platform',
    `There is no native TensorFlow${gpu ? ' for GPUs' : ''} for ${process.platform} on ${process.arch}${libc} here${
      refused === null ? '' : ` (the package's own download: ${refused})`
    }. Use the back end 'wasm', which needs nothing, or a Linux with glibc on x64${gpu ? '' : ' or arm64'}.`,
  );
}

function usesGlibc(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
