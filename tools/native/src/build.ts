// Makes the package with the compiled addon for a platform, native/<platform>/package, and packs it.
//   pnpm native:build                             for this machine
//   pnpm native:build --platform linux-arm64      with Debian's g++-aarch64-linux-gnu
//   pnpm native:build --platform win32-x64 --addon FILE      of an addon that was compiled elsewhere
//   pnpm native:build --platform win32-x64 --library         only brings TensorFlow's libraries and headers, and says where
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bringLibrary, buildPrebuilt, type NativeInstallProgress } from '@ais/runtime/native';
import { binaryTarget, compareVersions } from './binary-target.js';
import { packageManifest, packageReadme } from './package-files.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Compilers for other machines than this one, as Debian calls them. */
const CROSS: Readonly<Record<string, string>> = {
  'linux-arm64': 'aarch64-linux-gnu-g++',
  'linux-x64': 'x86_64-linux-gnu-g++',
};
/** The libraries of C and C++ that the wheels need too (manylinux2014). */
const OLDEST = { glibc: '2.17', cxx: '3.4.19' };

const here = `${process.platform}-${process.arch}`;
const { values } = parseArgs({
  options: {
    platform: { type: 'string', default: here },
    compiler: { type: 'string' },
    addon: { type: 'string' },
    library: { type: 'boolean', default: false },
    'index-url': { type: 'string' },
    wheel: { type: 'string', multiple: true },
  },
});
const { platform, addon } = values;
const [system = '', architecture = ''] = platform.split('-');
const compiler = values.compiler ?? (platform === here ? undefined : CROSS[platform]);
const place = join(root, 'native', platform);
const folder = join(place, 'package');

const request = {
  platform: system,
  architecture,
  ...(values['index-url'] !== undefined && { indexUrl: values['index-url'] }),
  ...(values.wheel !== undefined && { wheels: values.wheel }),
  onProgress: ({ task, completed, total }: NativeInstallProgress) => {
    if (completed === undefined || completed === total) console.error(task);
  },
};
if (values.library) {
  console.log(await bringLibrary(request));
  process.exit();
}
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const manifest = await buildPrebuilt({
  ...request,
  directory: folder,
  ...(compiler !== undefined && { compiler }),
  ...(addon !== undefined && { addon }),
});

const found = binaryTarget(await readFile(join(folder, manifest.addon.file)));
if (found.platform !== platform) throw new Error(`The addon is for ${found.platform}, expected ${platform}.`);
for (const library of ['glibc', 'cxx'] as const) {
  const needed = found[library];
  if (needed === null || compareVersions(needed, OLDEST[library]) <= 0) continue;
  throw new Error(`The addon needs ${library} ${needed}; machines with ${OLDEST[library]} are to load it.`);
}

const own = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Record<string, unknown>;
await writeFile(
  join(folder, 'package.json'),
  `${JSON.stringify(packageManifest(own, system, architecture), null, 2)}\n`,
);
await writeFile(join(folder, 'README.md'), packageReadme(String(own['name']), manifest, found.glibc));
await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'));
const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', place], {
  cwd: folder,
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
const [{ filename = '' } = {}] = JSON.parse(packed) as { filename?: string }[];
console.log(JSON.stringify({ tarball: join(place, filename), ...found, ...manifest }, null, 2));
