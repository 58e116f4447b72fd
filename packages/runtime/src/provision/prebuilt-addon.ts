import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readJson } from '../files/json-files.js';
import { sha256OfFile } from '../files/sha256.js';
import { temporaryPath } from '../files/temporary-path.js';
import { publish } from '../files/whole.js';
import { type NativePackage, packageDirectories } from '../native-package.js';
import { hashOfSources } from './addon-build.js';
import { withFileErrors } from './failures.js';
import type { NativeRecipe } from './wheels.js';

/** What a package with a compiled addon says of it, in `manifest.json`. */
export interface PrebuiltManifest {
  /** The recipe's key, and the TensorFlow that the addon loads. */
  readonly recipe: string;
  readonly tensorflow: string;
  /** The package that loads the addon, and the hash of its sources. */
  readonly package: string;
  readonly version: string;
  readonly sources: string;
  readonly addon: { readonly file: string; readonly sha256: string; readonly bytes: number };
}

/**
 * The package that brings the compiled addon for a platform.
 *
 * @example
 * console.log(prebuiltName('linux', 'x64')); // @ais/native-linux-x64
 */
export function prebuiltName(platform: string, architecture: string): string {
  return `@ais/native-${platform}-${architecture}`;
}

/**
 * Puts the compiled addon of an installed package into the cache, if it is what would be compiled here: for the same sources and
 * the same TensorFlow, with the content that its package says.
 *
 * It is copied because it looks for TensorFlow from its own place.
 *
 * @param cache the folder for addons
 * @param given the package's folder, instead of the one that is installed
 * @returns the path of the addon, or why it is not used, a clause that reads on after "because"
 */
export async function findPrebuilt(
  nativePackage: NativePackage,
  recipe: NativeRecipe,
  cache: string,
  given?: string,
): Promise<{ readonly addon: string } | { readonly refused: string }> {
  const directory = given ?? (await packageDirectories(prebuiltName(process.platform, process.arch)))[0];
  if (directory === undefined) return { refused: 'it is not installed' };
  const manifest = await readJson<Partial<PrebuiltManifest>>(join(directory, 'manifest.json')).catch(
    () => undefined,
  );
  if (manifest?.addon === undefined) return { refused: `${directory} holds no manifest.json` };
  const expected = {
    recipe: recipe.key,
    tensorflow: recipe.tensorflow,
    package: nativePackage.name,
    version: nativePackage.version,
    sources: await hashOfSources(join(nativePackage.directory, 'binding')),
  };
  for (const [key, value] of Object.entries(expected)) {
    const found = manifest[key as keyof typeof expected];
    if (found !== value) return { refused: `it was made for ${key} ${found}, and here is ${value}` };
  }
  const { file, sha256 } = manifest.addon;
  const source = join(directory, file);
  const addon = join(
    cache,
    `${nativePackage.name.split('/').at(-1)}-prebuilt-${sha256.slice(0, 16)}`,
    'tfjs_binding.node',
  );
  // What is there may be what an interrupted or a hostile program left.
  if ((await sha256OfFile(addon).catch(() => '')) === sha256) return { addon };
  const copy = temporaryPath(addon);
  return withFileErrors(addon, async () => {
    await mkdir(dirname(addon), { recursive: true });
    await copyFile(source, copy);
    if ((await sha256OfFile(copy)) !== sha256) {
      return { refused: `${source} is not the file that its manifest names (SHA-256 ${sha256})` };
    }
    await publish(copy, addon);
    return { addon };
  });
}
