import { copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../files/cache-directory.js';
import { writeJson } from '../files/json-files.js';
import { withLock } from '../files/lock.js';
import { sha256OfFile } from '../files/sha256.js';
import { publish } from '../files/whole.js';
import { findNativePackage } from '../native-package.js';
import { hashOfSources, originOf } from './addon-build.js';
import { compile } from './compile-addon.js';
import { failure } from './failures.js';
import type { PrebuiltManifest } from './prebuilt-addon.js';
import { type LibraryOptions, libraryFromAddon, provideLibrary } from './tensorflow-library.js';
import { findRecipe, type NativeRecipe } from './wheels.js';

/** Options of `bringLibrary`. */
export interface BringLibraryOptions extends Omit<LibraryOptions, 'signal'> {
  /** As Node names them: `linux`, `arm64`. */
  readonly platform: string;
  readonly architecture: string;
  readonly signal?: AbortSignal;
}

/** Options of `buildPrebuilt`. */
export interface PrebuiltBuildOptions extends BringLibraryOptions {
  /** The folder that addon and manifest go into. */
  readonly directory: string;
  /** A compiler for that platform; by default the one that compiles for this machine. */
  readonly compiler?: string;
  /** An addon that was compiled elsewhere, instead of compiling it. */
  readonly addon?: string;
}

/**
 * Brings TensorFlow's libraries and headers for a platform, which need not be this one, into the cache.
 *
 * @returns the folder with the libraries
 * @throws {NativeInstallError} `unsupported-platform`, and what a download throws
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * const libraries = () => bringLibrary({ platform: 'linux', architecture: 'arm64' }); // the folder with TensorFlow's libraries
 */
export async function bringLibrary(options: BringLibraryOptions): Promise<string> {
  const { signal = new AbortController().signal } = options;
  const recipe = recipeFor(options);
  const home = join(cacheDirectory(), 'native');
  await mkdir(home, { recursive: true });
  return withLock(join(home, 'install.lock'), () => provideLibrary(recipe, home, { ...options, signal }), {
    signal,
  });
}

function recipeFor({ platform, architecture }: BringLibraryOptions): NativeRecipe {
  const recipe = findRecipe(platform, architecture, false);
  if (recipe) return recipe;
  throw failure('unsupported-platform', `There is no native TensorFlow for ${platform} on ${architecture}.`);
}

const FILE = 'tfjs_binding.node';

/** The one function that newer compilers take from a newer C++ library than TensorFlow's wheels need: here it is the addon's own. */
const OLDER_LIBRARIES = `namespace std {
[[noreturn]] void __throw_bad_array_new_length();
__attribute__((visibility("hidden"))) void __throw_bad_array_new_length() { __builtin_abort(); }
}
`;

/**
 * Makes what a package such as `@ais/native-linux-x64` ships: the compiled addon, and a manifest with its hash.
 *
 * @throws {NativeInstallError} as `installNative` does
 * @example
 * const build = () => buildPrebuilt({ platform: 'linux', architecture: 'x64', directory: 'prebuilt' }); // addon and manifest
 */
export async function buildPrebuilt(options: PrebuiltBuildOptions): Promise<PrebuiltManifest> {
  const { platform, directory, compiler, addon, signal } = options;
  const recipe = recipeFor(options);
  const nativePackage = await findNativePackage('@tensorflow/tfjs-node');
  if (!nativePackage)
    throw failure('package-not-installed', 'Run: npm install @tensorflow/tfjs-node --ignore-scripts');
  const binding = join(nativePackage.directory, 'binding');
  const target = join(directory, FILE);
  await mkdir(directory, { recursive: true });
  await rm(target, { force: true });
  if (addon === undefined) {
    const library = await bringLibrary(options);
    const build = {
      binding,
      library,
      recipe,
      runPath: `${originOf(recipe)}/${libraryFromAddon(recipe)}`,
    };
    const older = join(directory, 'older.cc');
    try {
      await writeFile(older, OLDER_LIBRARIES);
      const unfinished = await compile(build, target, nativePackage, {
        ...(signal && { signal }),
        ...(compiler !== undefined && { compiler }),
        // The same sources are to give the same bytes.
        flags: platform === 'linux' ? [older, '-Wl,--build-id=none', '-s'] : [],
      });
      await publish(unfinished, target);
    } finally {
      await rm(older, { force: true });
    }
  } else await copyFile(addon, target);
  const manifest: PrebuiltManifest = {
    recipe: recipe.key,
    tensorflow: recipe.tensorflow,
    package: nativePackage.name,
    version: nativePackage.version,
    sources: await hashOfSources(binding),
    addon: { file: FILE, sha256: await sha256OfFile(target), bytes: (await stat(target)).size },
  };
  await writeJson(join(directory, 'manifest.json'), manifest);
  return manifest;
}
