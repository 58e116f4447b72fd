import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A package of others, as it lies in this workspace. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The releases of Node that it asks for; undefined if it does not say. */
  readonly node: string | undefined;
  /** Whether it wants to run something when it is installed. */
  readonly installs: boolean;
  /** What its files occupy on the disk. */
  readonly bytes: number;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
  readonly engines?: { readonly node?: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * All that npm installs for these names: themselves, what they depend on, and the peers that they cannot do without. Of packages of the
 * workspace only what they depend on is in it.
 *
 * @param folder from where the names are found
 */
export function installedWith(names: readonly string[], folder: string): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const visited = new Set<string>();
  const visit = (name: string, from: string): void => {
    const directory = locate(name, from);
    // A native part for another platform.
    if (directory === undefined || visited.has(directory)) return;
    visited.add(directory);
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
    if (!manifest.name.startsWith('@ais/'))
      found.set(`${manifest.name}@${manifest.version}`, described(manifest, directory));
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
    const peers = Object.keys(peerDependencies).filter(
      (peer) => peerDependenciesMeta[peer]?.optional !== true,
    );
    for (const need of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers])
      visit(need, directory);
  };
  for (const name of names) visit(name, folder);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where Node finds a package from a folder. */
function locate(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(join(place, 'package.json'))) return realpathSync(place);
    if (dirname(folder) === folder) return undefined;
  }
}

function described(manifest: Manifest, directory: string): InstalledPackage {
  const { name, version, license, engines, scripts = {} } = manifest;
  return {
    name,
    version,
    license: typeof license === 'string' ? license : (license?.type ?? 'unknown'),
    node: engines?.node,
    installs:
      ['preinstall', 'install', 'postinstall'].some((script) => script in scripts) ||
      existsSync(join(directory, 'binding.gyp')),
    bytes: occupied(directory),
  };
}

/** Whole blocks, where the file system tells them. */
function occupied(path: string): number {
  const status = lstatSync(path);
  const own = 512 * status.blocks;
  if (!status.isDirectory()) return own;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + occupied(join(path, name)), own);
}
