import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { FileError } from '../errors.js';
import { readText } from '../files/read-text.js';
import { sha256OfFile } from '../files/sha256.js';
import { temporaryPath } from '../files/temporary-path.js';
import { publish, writeWhole } from '../files/whole.js';
import type { NativePackage } from '../native-package.js';
import { type CommandResult, lastLines, runCommand } from '../process/run-command.js';
import { type AddonBuild, compilerParameters, hashOfBuild, originOf } from './addon-build.js';
import { failure, withFileErrors } from './failures.js';

/**
 * Compiles tfjs-node's addon against an unpacked TensorFlow, unless that was done before.
 *
 * The compiler is called directly, with Node-API's headers from npm: node-gyp would need Python and Node's own
 * headers, which not every installation of Node has.
 *
 * @param library the folder that holds TensorFlow's libraries and `include`; its path from the addon's goes into the addon
 * @param cache the folder for compiled addons
 * @returns the path of the addon
 * @throws {NativeInstallError} `no-compiler`, `compile-failed`
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function compileAddon(
  nativePackage: NativePackage,
  recipe: AddonBuild['recipe'],
  library: string,
  cache: string,
  options: CompileOptions = {},
): Promise<string> {
  // From the addon's own place, as in prebuilt ones: the cache may be moved, to a machine without a compiler.
  const runPath = `${originOf(recipe)}/${relative(join(cache, 'addon'), library)}`;
  const build = { binding: join(nativePackage.directory, 'binding'), library, recipe, runPath };
  const name = `${nativePackage.name.split('/').at(-1)}-${nativePackage.version}-${await hashOfBuild(build)}`;
  const addon = join(cache, name, 'tfjs_binding.node');
  const hashFile = `${addon}.sha256`;
  // One that is not what was compiled then is compiled again.
  if (existsSync(addon) && (await readText(hashFile).catch(() => '')) === (await sha256OfFile(addon)))
    return addon;

  const unfinished = await compile(build, addon, nativePackage, options);
  try {
    await withFileErrors(addon, async () => {
      await writeWhole(hashFile, await sha256OfFile(unfinished));
      await publish(unfinished, addon);
    });
  } finally {
    await rm(unfinished, { force: true });
  }
  return addon;
}

export interface CompileOptions {
  readonly signal?: AbortSignal;
  /** The compiler; by default that of CXX, or the first that is here. */
  readonly compiler?: string;
  readonly onCompile?: () => void;
  /** Further flags of the compiler. */
  readonly flags?: readonly string[];
}

/**
 * Compiles an addon.
 *
 * @param addon where it goes in the end
 * @returns where it is now: next to that place, under a temporary name
 * @throws {NativeInstallError} `no-compiler`, `compile-failed`
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function compile(
  build: AddonBuild,
  addon: string,
  { name, version }: Pick<NativePackage, 'name' | 'version'>,
  { signal, compiler: chosen = process.env['CXX'], onCompile, flags = [] }: CompileOptions,
): Promise<string> {
  onCompile?.();
  const compiler = await findCompiler(chosen, signal);
  const unfinished = temporaryPath(addon);
  // The compiler's own intermediate files go where there is room.
  const scratch = temporaryPath(addon);
  await withFileErrors(addon, () => mkdir(scratch, { recursive: true }));
  const output = join(scratch, basename(addon));
  let ended: CommandResult;
  try {
    ended = await runCommand(compiler, [...compilerParameters(build, output), ...flags], {
      environment: { TMPDIR: scratch, LC_ALL: 'C' },
      signal,
      scratch,
    });
    if (ended.status === 0) {
      await withFileErrors(addon, () => rename(output, unfinished));
      return unfinished;
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const { stderr } = ended;
  if (/No space left on device/.test(stderr)) {
    throw new FileError(
      'disk-full',
      addon,
      `The disk of ${addon} is full. Free some space and run this again.`,
    );
  }
  throw failure(
    'compile-failed',
    `${compiler} could not compile the addon of ${name} ${version}. ` +
      `Set CXX to another C++17 compiler (g++ 9 or clang 10 or later). It said:\n${lastLines(stderr)}`,
  );
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
  if (process.platform === 'darwin') return 'xcode-select --install';
  const names = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].flatMap(([, ids = '']) =>
    ids.split(' '),
  );
  if (names.some((name) => ['fedora', 'rhel', 'centos'].includes(name))) return 'dnf install gcc-c++';
  if (names.includes('arch')) return 'pacman -S gcc';
  if (names.some((name) => ['suse', 'opensuse'].includes(name))) return 'zypper install gcc-c++';
  return 'apt-get install g++';
}
