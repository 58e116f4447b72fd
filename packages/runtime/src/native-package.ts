import type * as fs from 'node:fs';
import type { createRequire } from 'node:module';
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

export type NativePackageName = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';

/**
 * Finds an installed native package: beside this package, beside the program that runs (a command installed
 * elsewhere, with its own peers), or from the working directory.
 *
 * @returns the package, or undefined where none of these places has it
 */
export async function findNativePackage(
  name: NativePackageName,
  from: readonly string[] = [],
): Promise<NativePackage | undefined> {
  const { createRequire: makeRequire } = await importInNode<{ createRequire: typeof createRequire }>(
    'node:module',
  );
  const { join, dirname } = await importInNode<typeof path>('node:path');
  const { existsSync, realpathSync, readFileSync } = await importInNode<typeof fs>('node:fs');
  const { fileURLToPath } = await importInNode<typeof url>('node:url');

  const program = process.argv[1];
  const origins = [
    ...from,
    fileURLToPath(import.meta.url),
    ...(program !== undefined && existsSync(program) ? [realpathSync(program)] : []),
    join(process.cwd(), 'package.json'),
  ];
  for (const origin of origins) {
    const require = makeRequire(origin);
    let manifestPath: string;
    try {
      manifestPath = require.resolve(`${name}/package.json`);
    } catch {
      continue;
    }
    const directory = realpathSync(dirname(manifestPath));
    const manifest: {
      version: string;
      binary: { module_name: string; module_path: string; napi_versions: number[] };
    } = JSON.parse(readFileSync(manifestPath, 'utf8'));
    const { module_name, module_path, napi_versions } = manifest.binary;
    const supported = Number(process.versions['napi']);
    const napi = Math.max(...napi_versions.filter((candidate) => candidate <= supported));
    const addon = join(
      directory,
      module_path.replace('{napi_build_version}', String(napi)),
      `${module_name}.node`,
    );
    return {
      name,
      version: manifest.version,
      directory,
      addon,
      provisioned: existsSync(addon),
      load: () => require(name),
    };
  }
  return undefined;
}
