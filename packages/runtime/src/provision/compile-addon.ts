import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FileError } from '../errors.js';
import { readText } from '../files/read-text.js';
import { sha256OfFile } from '../files/sha256.js';
import { temporaryPath } from '../files/temporary-path.js';
import { publish, writeWhole } from '../files/whole.js';
import type { NativePackage } from '../native-package.js';
import { lastLines, runCommand } from '../process/run-command.js';
import { explaining, failure } from './failures.js';

const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

// Node-API 8 is what tfjs-node's own build asks for, and is stable over Node's versions: one addon serves all.
const FLAGS = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-shared',
  '-w',
  '-DNAPI_VERSION=8',
  '-DNODE_GYP_MODULE_NAME=tfjs_binding',
];

/**
 * Compiles tfjs-node's addon against an unpacked TensorFlow, unless that was done before.
 *
 * The compiler is called directly, with Node-API's headers from npm: node-gyp would need Python and Node's own
 * headers, which not every installation of Node has.
 *
 * @param tensorflow the folder that holds TensorFlow's libraries and `include`; its path goes into the addon
 * @param cache the folder for compiled addons
 * @returns the path of the addon
 * @throws {NativeInstallError} `no-compiler`, `compile-failed`
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function compileAddon(
  nativePackage: NativePackage,
  tensorflow: string,
  cache: string,
  options: { signal?: AbortSignal; compiler?: string; onCompile?: () => void } = {},
): Promise<string> {
  const { signal, compiler: chosen = process.env['CXX'], onCompile } = options;
  const binding = join(nativePackage.directory, 'binding');
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, tensorflow]));
  for (const name of (await readdir(binding)).sort())
    hash.update(name).update(await readFile(join(binding, name)));
  const name = `${nativePackage.name.split('/').at(-1)}-${nativePackage.version}-${hash.digest('hex').slice(0, 16)}`;
  const addon = join(cache, name, 'tfjs_binding.node');
  const hashFile = `${addon}.sha256`;
  // One that is not what was compiled then is compiled again.
  if (existsSync(addon) && (await readText(hashFile).catch(() => '')) === (await sha256OfFile(addon)))
    return addon;

  onCompile?.();
  const compiler = await findCompiler(chosen, signal);
  const unfinished = temporaryPath(addon);
  await explaining(addon, () => mkdir(dirname(addon), { recursive: true }));
  const { status, stderr } = await runCommand(
    compiler,
    [
      ...FLAGS,
      `-I${nodeApiHeaders()}`,
      `-I${join(tensorflow, 'include')}`,
      ...SOURCES.map((source) => join(binding, source)),
      '-o',
      unfinished,
      `-L${tensorflow}`,
      ...LIBRARIES.map((library) => `-l:${library}`),
      `-Wl,-rpath,${tensorflow}`,
    ],
    // The compiler's own intermediate files go where there is room.
    { environment: { TMPDIR: dirname(addon), LC_ALL: 'C' }, ...(signal ? { signal } : {}) },
  );
  if (status !== 0) {
    await rm(unfinished, { force: true });
    if (/No space left on device/.test(stderr)) {
      throw new FileError(
        'disk-full',
        addon,
        `The disk of ${addon} is full. Free some space and run this again.`,
      );
    }
    throw failure(
      'compile-failed',
      `${compiler} could not compile the addon of ${nativePackage.name} ${nativePackage.version}. Set CXX to another C++17 compiler (g++ 9 or clang 10 or later). It said:\n${lastLines(stderr)}`,
    );
  }
  await explaining(addon, async () => {
    await writeWhole(hashFile, await sha256OfFile(unfinished));
    await publish(unfinished, addon);
  });
  return addon;
}

/** The package has no types, and its index is CommonJS. */
function nodeApiHeaders(): string {
  return (createRequire(import.meta.url)('node-api-headers') as { include_dir: string }).include_dir;
}

async function findCompiler(chosen: string | undefined, signal?: AbortSignal): Promise<string> {
  const candidates = chosen ? [chosen] : ['g++', 'c++', 'clang++'];
  for (const candidate of candidates) {
    try {
      const { status } = await runCommand(candidate, ['--version'], signal ? { signal } : {});
      if (status === 0) return candidate;
    } catch {
      signal?.throwIfAborted();
    }
  }
  throw failure(
    'no-compiler',
    `There is no C++ compiler (tried ${candidates.join(', ')}). Install one: ${await compilerPackage()}`,
  );
}

/** The command that brings a C++ compiler on this distribution. */
async function compilerPackage(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const names = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].flatMap(([, ids = '']) =>
    ids.split(' '),
  );
  if (names.some((name) => ['fedora', 'rhel', 'centos'].includes(name))) return 'dnf install gcc-c++';
  if (names.includes('arch')) return 'pacman -S gcc';
  if (names.some((name) => ['suse', 'opensuse'].includes(name))) return 'zypper install gcc-c++';
  return 'apt-get install g++';
}
