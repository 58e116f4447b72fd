import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from './execute.js';

/**
 * Packs the packages with compiled addons without their addons, which a workflow makes. `@ais/runtime` names them as optional
 * dependencies; npm and pnpm do without one that a registry lacks, and Yarn does not.
 *
 * @returns the tarballs, which a registry on this machine takes
 */
export async function packAddonPlaces(root: string, target: string): Promise<string[]> {
  const tarballs: string[] = [];
  for (const platform of (await readdir(join(root, 'native'))).sort()) {
    const text = await readFile(join(root, 'native', platform, 'package.json'), 'utf8').catch(() => null);
    if (text === null) continue;
    const { private: _, ...manifest } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const [os = '', cpu = ''] = platform.split('-');
    const place = join(target, platform);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'package.json'), JSON.stringify({ ...manifest, os: [os], cpu: [cpu] }));
    const [packed] = JSON.parse(await execute('npm', ['pack', '--json'], { directory: place })) as {
      readonly filename: string;
    }[];
    tarballs.push(join(place, packed?.filename ?? ''));
  }
  return tarballs;
}
