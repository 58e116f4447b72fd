import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NativeRecipe } from './wheels.js';

/** tfjs-node's own sources. */
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
/** Those of this package's kernels, which become operations of TensorFlow when the addon is loaded. */
const KERNEL_SOURCES = [
  'generation-operations.cc',
  'kernels.cc',
  'operations.cc',
  'signals.cc',
  'threads.cc',
  'update-operations.cc',
];

/** Tensor memory calls TensorFlow through C++ vtables, whose layout is specific to one release. */
const MEMORY_SOURCE = { file: 'memory.cc', tensorflow: '2.15.1' };

// Node-API 8 is what tfjs-node's own build asks for, and is stable over Node's versions: one addon serves all.
const FLAGS = [
  '-std=c++17',
  '-O3',
  // Allow fused multiply-add; do not maintain traps or errno, which nothing reads.
  '-ffp-contract=fast',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fPIC',
  '-shared',
  '-w',
  '-DNAPI_VERSION=8',
  '-DNODE_GYP_MODULE_NAME=tfjs_binding',
];

/** What an addon is made of, and where it looks for its libraries when it is loaded. */
export interface AddonBuild {
  /** tfjs-node's folder with the sources. */
  readonly binding: string;
  /** The folder with TensorFlow's libraries and `include`. */
  readonly library: string;
  readonly recipe: Pick<NativeRecipe, 'key' | 'libraries' | 'tensorflow'>;
  /** The folder that the addon loads the libraries from: absolute, or from its own place. */
  readonly runPath: string;
}

/** The parameters of a C++ compiler that make an addon. */
export function compilerParameters(
  { binding, library, recipe, runPath }: AddonBuild,
  output: string,
): string[] {
  const isMac = recipe.key.startsWith('darwin');
  return [
    ...FLAGS,
    // Node's own functions are found when the addon is loaded, which the linker of a Mac has to be told.
    ...(isMac ? ['-undefined', 'dynamic_lookup'] : []),
    `-I${nodeApiHeaders()}`,
    `-I${join(library, 'include')}`,
    ...SOURCES.map((source) => join(binding, source)),
    ...kernelSources(recipe).map((source) => join(kernelsFolder(), source)),
    ...(isMac ? [] : ['-pthread']),
    '-o',
    output,
    ...(isMac
      ? recipe.libraries.map((name) => join(library, name))
      : [`-L${library}`, ...recipe.libraries.map((name) => `-l:${name}`)]),
    `-Wl,-rpath,${runPath}`,
  ];
}

/** What the dynamic linker takes for the folder of the addon itself. */
export function originOf({ key }: Pick<NativeRecipe, 'key'>): string {
  return key.startsWith('darwin') ? '@loader_path' : '$ORIGIN';
}

function kernelSources({ tensorflow }: AddonBuild['recipe']): string[] {
  return tensorflow === MEMORY_SOURCE.tensorflow ? [...KERNEL_SOURCES, MEMORY_SOURCE.file] : KERNEL_SOURCES;
}

/** What tells an addon from one of other sources, flags, or libraries. */
export async function hashOfBuild({ binding, runPath }: AddonBuild): Promise<string> {
  return (await hashed(JSON.stringify([FLAGS, runPath]), [binding, kernelsFolder()])).slice(0, 16);
}

/** What tells the sources of an addon from others. */
export function hashOfSources(binding: string): Promise<string> {
  return hashed('', [binding, kernelsFolder()]);
}

async function hashed(first: string, folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(first);
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort())
      hash.update(name).update(await readFile(join(folder, name)));
  }
  return hash.digest('hex');
}

/** Beside this package's `dist` and `src`. */
function kernelsFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('@ais/runtime/package.json');
  return join(dirname(manifest), 'kernels');
}

/** The package has no types, and its index is CommonJS. */
function nodeApiHeaders(): string {
  return (createRequire(import.meta.url)('node-api-headers') as { include_dir: string }).include_dir;
}
