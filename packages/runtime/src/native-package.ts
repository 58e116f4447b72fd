import type * as fs from 'node:fs';
import type * as module from 'node:module';
import type * as path from 'node:path';
import type * as url from 'node:url';
import { importInNode } from './host.js';

/** An installed `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`. */
export interface NativePackage {
  readonly name: NativePackageName;
  readonly version: string;
  /** The package's folder, with links resolved. */
  readonly directory: string;
  /** Where the package looks for its compiled addon. */
  readonly addon: string;
  /** Whether that addon is there (a dangling link counts as absent). */
  readonly provisioned: boolean;
  /** Loads the package, from the place where it was found. */
  load(): unknown;
}

/** A package of TensorFlow.js that computes by native TensorFlow. */
export type NativePackageName = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';

interface Manifest {
  readonly version: string;
  readonly binary: {
    readonly module_name: string;
    readonly module_path: string;
    readonly napi_versions: number[];
  };
}

/**
 * Finds every copy of a native package that a program here could load: beside this package, beside the program
 * that runs (a command installed elsewhere, with its own peers), and from the working directory, in this order.
 */
export async function findNativePackages(name: NativePackageName): Promise<NativePackage[]> {
  const { createRequire } = await importInNode<typeof module>('node:module');
  const { join } = await importInNode<typeof path>('node:path');
  const { existsSync, readFileSync } = await importInNode<typeof fs>('node:fs');

  const found: NativePackage[] = [];
  for (const directory of await packageDirectories(name)) {
    const manifestPath = join(directory, 'package.json');
    const require = createRequire(manifestPath);
    const { version, binary }: Manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
    // The rule of node-pre-gyp, which the package uses to find its addon.
    const supported = Number(process.versions['napi']);
    const napi = Math.max(...binary.napi_versions.filter((candidate) => candidate <= supported));
    const folder = binary.module_path.replace('{napi_build_version}', String(napi));
    const addon = join(directory, folder, `${binary.module_name}.node`);
    found.push({
      name,
      version,
      directory,
      addon,
      provisioned: existsSync(addon),
      load: () => withoutArguments(() => require(directory)),
    });
  }
  return found;
}

/** The folders of every copy of a package that a program here could load, with links resolved, in the same order. */
export async function packageDirectories(name: string): Promise<string[]> {
  const { createRequire } = await importInNode<typeof module>('node:module');
  const { dirname, join } = await importInNode<typeof path>('node:path');
  const { existsSync, realpathSync } = await importInNode<typeof fs>('node:fs');
  const { fileURLToPath } = await importInNode<typeof url>('node:url');
  const program = process.argv[1];
  const origins = [
    fileURLToPath(import.meta.url),
    ...(program !== undefined && existsSync(program) ? [realpathSync(program)] : []),
    join(process.cwd(), 'package.json'),
  ];
  const found = new Set<string>();
  for (const origin of origins) {
    try {
      found.add(realpathSync(dirname(createRequire(origin).resolve(`${name}/package.json`))));
    } catch {
      // Not from there.
    }
  }
  return [...found];
}

/**
 * Hides the command line from node-pre-gyp, which the packages use to find their addon: it takes the program's own
 * `--directory` and the like for its options, and then looks in the wrong place.
 */
function withoutArguments<T>(load: () => T): T {
  const given = process.argv;
  process.argv = given.slice(0, 2);
  try {
    return load();
  } finally {
    process.argv = given;
  }
}

/** The copy that `useBackend` loads: the first that has its addon, else the first. */
export async function findNativePackage(name: NativePackageName): Promise<NativePackage | undefined> {
  const found = await findNativePackages(name);
  return found.find(({ provisioned }) => provisioned) ?? found[0];
}
