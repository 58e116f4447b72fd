// The packages as npm would install them from their tarballs, without a registry.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { extract } from 'tar';

const workspace = join(import.meta.dirname, '../../..');

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/**
 * Packs every package, and lays the tarballs out under a folder's node_modules. Beside each lies what its manifest names, as the workspace
 * has it installed, and nothing else.
 */
export async function installPacked(folder: string): Promise<void> {
  const tarballs = mkdtempSync(join(folder, 'tarballs-'));
  const pack = ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', tarballs];
  execFileSync('pnpm', pack, { cwd: workspace, stdio: 'pipe' });
  const homes = new Map(
    readdirSync(join(workspace, 'packages')).map((name) => {
      const home = join(workspace, 'packages', name);
      return [manifestIn(home).name, home];
    }),
  );
  for (const tarball of readdirSync(tarballs)) {
    const place = mkdtempSync(join(tarballs, 'package-'));
    await extract({ file: join(tarballs, tarball), cwd: place, strip: 1 });
    const { name, dependencies, peerDependencies } = manifestIn(place);
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(place, target);
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
      const installed = join(homes.get(name) ?? '', 'node_modules', dependency);
      // Another package lies beside this one; an optional peer may be missing in the workspace, too.
      if (homes.has(dependency) || !existsSync(installed)) continue;
      const link = join(target, 'node_modules', dependency);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(realpathSync(installed), link);
    }
  }
  rmSync(tarballs, { recursive: true });
}
