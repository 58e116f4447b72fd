import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from './execute.js';

/** A package of the workspace that is published. */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder. */
  readonly directory: string;
  /** Names of the published packages that it depends on. */
  readonly needs: readonly string[];
}

export interface PackedPackage extends PublishedPackage {
  /** What `npm publish` takes, and npm installs. */
  readonly tarball: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The packages below `packages/` that are not private, each behind those that it depends on. */
export async function publishedPackages(root: string): Promise<PublishedPackage[]> {
  const manifests = new Map<string, PublishedPackage>();
  for (const folder of (await readdir(join(root, 'packages'))).sort()) {
    const directory = join(root, 'packages', folder);
    const manifest = await readManifest(directory);
    if (manifest === null || manifest.private === true) continue;
    const needs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    manifests.set(manifest.name, { name: manifest.name, version: manifest.version, directory, needs });
  }
  const ordered = new Map<string, PublishedPackage>();
  const add = ({ needs, ...rest }: PublishedPackage): void => {
    const own = needs.filter((need) => manifests.has(need));
    for (const need of own) {
      const other = manifests.get(need);
      if (other !== undefined && !ordered.has(need)) add(other);
    }
    ordered.set(rest.name, { ...rest, needs: own });
  };
  for (const one of manifests.values()) if (!ordered.has(one.name)) add(one);
  return [...ordered.values()];
}

/** Packs every package that is published, once it is built, into a folder. */
export async function packPackages(root: string, target: string): Promise<PackedPackage[]> {
  await mkdir(target, { recursive: true });
  const packages = await publishedPackages(root);
  const filters = packages.flatMap(({ name }) => ['--filter', name]);
  await execute('pnpm', ['--recursive', ...filters, 'pack', '--pack-destination', target], {
    directory: root,
  });
  return packages.map((one) => ({
    ...one,
    tarball: join(target, `${one.name.replace('@', '').replace('/', '-')}-${one.version}.tgz`),
  }));
}

async function readManifest(directory: string): Promise<Manifest | null> {
  try {
    return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A leftover of a package that has gone, or a plain file.
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
