import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, type PackedPackage, packAddonPlaces, packPackages, startRegistry } from '@ais/registry';
import { publishMissing } from './publish-missing.js';
import { type Trial, tryPackages } from './try-packages.js';

export interface Rehearsal {
  /** The released commit: the last one. */
  readonly commit: string;
  readonly packages: readonly RehearsedPackage[];
  readonly trials: readonly Trial[];
  /** How long each step took. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface RehearsedPackage {
  readonly name: string;
  readonly version: string;
  /** The size of its tarball. */
  readonly bytes: number;
}

export interface RehearseOptions {
  /** The workspace. Nothing in it changes. */
  readonly root: string;
  /** In which ways READMEs are followed, as of `tryPackages`. */
  readonly ways: readonly string[];
  readonly onStep?: (step: string) => void;
}

/**
 * A whole release to a registry on this machine: clones the last commit, turns changesets into versions and changelogs there, builds,
 * packs, publishes, installs all packages back into an empty folder, and follows each README.
 */
export async function rehearse({ root, ways, onStep }: RehearseOptions): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), 'ais-release-'));
  const seconds: Record<string, number> = {};
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    onStep?.(name);
    const start = performance.now();
    try {
      return await work();
    } finally {
      seconds[name] = (performance.now() - start) / 1000;
    }
  };
  const clone = join(folder, 'clone');
  const pnpm = (...parameters: readonly string[]): Promise<string> =>
    execute('npx', ['-y', 'pnpm', ...parameters], { directory: clone, environment: { CI: 'true' } });
  const registry = await startRegistry();
  try {
    const commit = (await execute('git', ['rev-parse', 'HEAD'], { directory: root })).trim();
    await step('clone', async () => {
      await execute('git', ['clone', '--quiet', '--no-checkout', root, clone]);
      await execute('git', ['checkout', '--quiet', '--detach', commit], { directory: clone });
    });
    await step('install', () => pnpm('install', '--frozen-lockfile', '--prefer-offline'));
    await step('version', () => pnpm('exec', 'changeset', 'version'));
    await step('build', () => pnpm('exec', 'turbo', 'run', 'build', '--filter=./packages/*'));
    const packed = await step('pack', () => packPackages(clone, join(folder, 'tarballs')));
    const packages = await Promise.all(packed.map(rehearsed));
    // Packages outside the scope are tried by a separate command: npm takes only a scope from another registry.
    const scoped = packed.filter(({ name }) => name.startsWith('@ais/'));
    await step('publish', async () => {
      await registry.publish(await packAddonPlaces(clone, join(folder, 'addons')));
      const rights = { userconfig: registry.userconfig, provenance: false };
      const published = await publishMissing(packed, rights);
      const again = await publishMissing(packed, rights);
      if (published.length !== packed.length || again.length > 0)
        throw new Error(
          `Of ${packed.length} packages ${published.length} were published, and ${again.length} once more.`,
        );
    });
    await step('install back', () => installBack(scoped, registry.npmrc('@ais'), join(folder, 'installed')));
    const trials = await step('READMEs', () =>
      tryPackages({
        registry,
        packages: scoped,
        ways,
        folder: join(folder, 'readmes'),
        onTrial: ({ package: name, way }) => onStep?.(`READMEs: ${name}, ${way}`),
      }),
    );
    return { commit, packages, trials, seconds };
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every released package has a separate version, and a changelog that tells of it. */
async function rehearsed({ name, version, directory, tarball }: PackedPackage): Promise<RehearsedPackage> {
  const changelog = await readFile(join(directory, 'CHANGELOG.md'), 'utf8').catch(() => '');
  if (!changelog.includes(`\n## ${version}\n`))
    throw new Error(`${name}: CHANGELOG.md does not tell of ${version}. Write a changeset: npx changeset`);
  const files = await execute('tar', ['-tzf', tarball]);
  if (!files.includes('package/CHANGELOG.md\n')) throw new Error(`${name}: the tarball lacks CHANGELOG.md`);
  return { name, version, bytes: (await stat(tarball)).size };
}

/** Installs all packages at once, and looks whether npm took the ones that were published. */
async function installBack(packed: readonly PackedPackage[], npmrc: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.npmrc'), npmrc);
  const names = packed.map(({ name, version }) => `${name}@${version}`);
  await execute('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...names], {
    directory: folder,
  });
  for (const { name, version } of packed) {
    const manifest = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    const { version: found } = JSON.parse(manifest) as { version: string };
    if (found !== version) throw new Error(`${name}: expected ${version} to be installed, got ${found}`);
  }
  // One copy of each: a second one would have come with a dependency that asks for another version.
  const listed = await execute('npm', ['ls', '--all', '--parseable'], { directory: folder });
  const own = new Set(packed.map(({ name }) => name));
  const copies = listed
    .split('\n')
    .filter((path) => own.has(/(?<=node_modules\/)@ais\/[^/]+$/.exec(path)?.[0] ?? ''));
  if (new Set(copies).size !== packed.length)
    throw new Error(`Expected ${packed.length} packages of @ais, got:\n${copies.join('\n')}`);
}
