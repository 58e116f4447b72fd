import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NativeInstallError } from '../errors.js';
import { cacheDirectory } from '../files/cache-directory.js';
import { withLock } from '../files/lock.js';
import { findNativePackages, type NativePackage } from '../native-package.js';
import { compileAddon } from './compile-addon.js';
import { failure, withFileErrors } from './failures.js';
import { isLinked, linkAddon } from './link-addon.js';
import type { ProvisionProgress } from './obtain-wheel.js';
import { findPrebuilt, prebuiltName } from './prebuilt-addon.js';
import { libraryFolder, provideLibrary } from './tensorflow-library.js';
import { type NativeProof, verifyNative } from './verify-native.js';
import { findRecipe, type NativeRecipe } from './wheels.js';

/** How far `installNative` has come. */
export type NativeInstallProgress = ProvisionProgress;

/** Options of `installNative`. */
export interface NativeInstallOptions {
  /** Provision `@tensorflow/tfjs-node-gpu` instead of `@tensorflow/tfjs-node`. */
  readonly gpu?: boolean;
  /** The Python package index to download wheels from; else `PIP_INDEX_URL`, or PyPI. */
  readonly indexUrl?: string;
  /** Wheels that are here already, for machines without a network; their hashes are checked all the same. */
  readonly wheels?: readonly string[];
  /** Link and verify again what is in place, and copy or compile the addon again. */
  readonly force?: boolean;
  /** Compile the addon, also where a prebuilt one is installed. */
  readonly compile?: boolean;
  /** Milliseconds for everything together. Default: 600,000, ten minutes. */
  readonly timeLimit?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: NativeInstallProgress) => void;
}

/** What `installNative` has provisioned. */
export interface NativeInstallReport {
  readonly package: string;
  readonly version: string;
  /** The version that the library states. */
  readonly tensorflow: string;
  /** Whether TensorFlow found a GPU that it can use. */
  readonly gpu: boolean;
  /** `wheel`, or `in-place` if nothing was to be done. */
  readonly source: 'wheel' | 'in-place';
  /** Whether the addon came compiled, in a package, or was compiled here. */
  readonly addonFrom: 'prebuilt' | 'compiled';
  /** Why no prebuilt addon is used, a clause that reads on after "because"; null if one is. */
  readonly prebuiltRefused: string | null;
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
  /** The folder of the package with the prebuilt addon. */
  readonly prebuilt?: string;
}

const TIME_LIMIT = 600_000;

/**
 * Provisions native TensorFlow for the installed `@tensorflow/tfjs-node` (or `-gpu`).
 *
 * TensorFlow's libraries come from a wheel of the Python package index, whose hash is pinned; the addon that loads them comes
 * compiled in a package such as `@ais/native-linux-x64`, and is compiled here if that is not installed or was made for something
 * else. What is done stays done: a second run, and one after a kill at any moment, resumes from there. At the end a matrix
 * product is computed; where that fails, what was there before is put back.
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
      `${name} is not installed beside this program, and must be, so that both compute with one copy of TensorFlow.js. In a folder, run: npm install @ais/cli ${name} --ignore-scripts && npx ais native install${gpu ? ' --gpu' : ''}`,
    );
  }
  if (!recipe || (process.platform === 'linux' && !usesGlibc())) throw unsupported(gpu);
  const home = join(cacheDirectory(), 'native');
  let isWaiting = false;
  try {
    await withFileErrors(home, () => mkdir(home, { recursive: true }));
    // Linked under the lock too: two installs into one project would take each other's links for what was there before.
    const linked = await withLock(
      join(home, 'install.lock'),
      async () => {
        isWaiting = false;
        const provided = await provide(first, recipe, home, { ...options, signal }, seams);
        onProgress?.({ task: 'Verifying' });
        // Windows looks for libraries beside the addon, and not where it says.
        const companions =
          process.platform === 'win32'
            ? recipe.libraries.map((each) => join(libraryFolder(recipe, home), each))
            : [];
        return {
          ...provided,
          ...(await linkAndVerify(packages, provided.addon, companions, { signal, seams })),
        };
      },
      {
        signal,
        onWait: () => {
          isWaiting = true;
          onProgress?.({ task: 'Waiting for another install' });
        },
      },
    );
    const { addon, addonFrom, prebuiltRefused, changed, proof } = linked;
    return {
      package: name,
      version: first.version,
      tensorflow: proof?.tensorflow ?? 'unknown',
      gpu: proof?.gpu ?? false,
      source: changed || options.force ? 'wheel' : 'in-place',
      addonFrom,
      prebuiltRefused,
      addon,
      directories: packages.map(({ directory }) => directory),
      seconds: (performance.now() - started) / 1000,
    };
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

/**
 * Makes the packages' addons links to one in the cache, and computes with each; puts back what was there before if one fails.
 *
 * @returns whether any was not linked before, and what the first said
 */
async function linkAndVerify(
  packages: readonly NativePackage[],
  addon: string,
  companions: readonly string[],
  { signal, seams }: { readonly signal: AbortSignal; readonly seams: NativeInstallSeams },
): Promise<{ readonly changed: boolean; readonly proof: NativeProof | undefined }> {
  const links: Awaited<ReturnType<typeof linkAddon>>[] = [];
  try {
    for (const target of packages) {
      if (await isLinked(addon, target.addon, companions)) continue;
      links.push(await linkAddon(addon, target.addon, companions));
    }
    const proofs = [];
    for (const target of packages) proofs.push(await (seams.verify ?? verifyNative)(target, signal));
    for (const { keep } of links) await keep();
    return { changed: links.length > 0, proof: proofs[0] };
  } catch (error) {
    for (const { undo } of links) await undo();
    throw error;
  }
}

interface Provided {
  readonly addon: string;
  readonly addonFrom: 'prebuilt' | 'compiled';
  readonly prebuiltRefused: string | null;
}

async function provide(
  nativePackage: NativePackage,
  recipe: NativeRecipe,
  home: string,
  options: NativeInstallOptions & { signal: AbortSignal },
  seams: NativeInstallSeams,
): Promise<Provided> {
  const { signal, onProgress, force = false, compile = false } = options;
  const addons = join(home, 'addons');
  if (force) await rm(addons, { recursive: true, force: true });
  const library = await provideLibrary(recipe, home, options, seams);
  const prebuilt = compile
    ? { refused: 'it was to be compiled' }
    : await findPrebuilt(nativePackage, recipe, addons, seams.prebuilt);
  if ('addon' in prebuilt) {
    return { addon: prebuilt.addon, addonFrom: 'prebuilt', prebuiltRefused: null };
  }
  const { refused } = prebuilt;
  if (process.platform === 'win32') throw withoutPrebuilt(refused);
  try {
    const addon = await compileAddon(nativePackage, recipe, library, addons, {
      signal,
      onCompile: () => onProgress?.({ task: 'Compiling the addon' }),
    });
    return { addon, addonFrom: 'compiled', prebuiltRefused: refused };
  } catch (error) {
    if (!(error instanceof NativeInstallError) || error.code !== 'no-compiler' || compile) throw error;
    throw withoutPrebuilt(refused, error);
  }
}

/** Neither a prebuilt addon nor a compiler. */
function withoutPrebuilt(refused: string, cause?: NativeInstallError): Error {
  const compiler = cause === undefined ? '' : ` ${cause.detail}`;
  return failure(
    'no-compiler',
    `The compiled addon of ${prebuiltName(process.platform, process.arch)} is not used because ${refused}. Run: npm install ${prebuiltName(process.platform, process.arch)}.${compiler === '' ? '' : ` Or compile it here.${compiler}`}`,
    cause,
  );
}

function unsupported(gpu: boolean): Error {
  const libc = process.platform === 'linux' && !usesGlibc() ? ' with musl' : '';
  return failure(
    'unsupported-platform',
    `There is no native TensorFlow${gpu ? ' for GPUs' : ''} for ${process.platform} on ${process.arch}${libc} here. Use the back end 'wasm', which needs nothing, or ${
      gpu ? 'Linux with glibc on x64' : 'Linux with glibc, macOS, or Windows'
    }.`,
  );
}

function usesGlibc(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}
