// Installs native TensorFlow with the package that `pnpm native:build` packed for this machine, on a path without a compiler, and
// computes with it.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, installNative, type NativePackage } from '@ais/runtime/native';

const platform = `${process.platform}-${process.arch}`;
const place = fileURLToPath(new URL(`../../../native/${platform}`, import.meta.url));
const tarball = (await readdir(place)).find((name) => name.endsWith('.tgz'));
if (tarball === undefined) throw new Error(`There is no package in ${place}. Run: pnpm native:build`);

const scratch = await mkdtemp(join(tmpdir(), 'ais-native-'));
try {
  execFileSync('tar', ['-xzf', join(place, tarball), '-C', scratch]);
  // TensorFlow's libraries are those that were built against; the addon's place is new.
  const libraries = join(cacheDirectory(), 'native');
  await mkdir(join(scratch, 'cache/native'), { recursive: true });
  for (const name of await readdir(libraries)) {
    if (name.startsWith('tensorflow-'))
      await symlink(join(libraries, name), join(scratch, 'cache/native', name));
  }
  // The programs that guard a child process, and nothing that compiles.
  await mkdir(join(scratch, 'bin'));
  for (const program of ['cat', 'sleep', 'rm', 'kill']) {
    const path = ['/bin', '/usr/bin'].map((folder) => join(folder, program)).find(existsSync);
    if (path !== undefined) await symlink(path, join(scratch, 'bin', program));
  }
  if (process.platform !== 'win32') process.env['PATH'] = join(scratch, 'bin');
  delete process.env['CXX'];
  process.env['AIS_CACHE_DIRECTORY'] = join(scratch, 'cache');
  const report = await installNative(
    { onProgress: ({ task }) => console.error(task) },
    { prebuilt: join(scratch, 'package'), packages: [await copyOfTfjsNode()] },
  );
  if (report.addonFrom !== 'prebuilt') throw new Error(`The addon was compiled: ${report.prebuiltRefused}`);
  console.log(
    `TensorFlow ${report.tensorflow} computes with the prebuilt addon for ${platform}, without a compiler.`,
  );
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** tfjs-node in the scratch folder, so that the installed one keeps its addon. */
async function copyOfTfjsNode(): Promise<NativePackage> {
  const name = '@tensorflow/tfjs-node';
  const installed = await realpath(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)));
  const directory = join(scratch, 'tfjs-node');
  await cp(installed, directory, {
    recursive: true,
    filter: (path) => !path.startsWith(join(installed, 'lib')),
  });
  // What it depends on lies beside it.
  await symlink(join(installed, '../..'), join(scratch, 'node_modules'));
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  const addon = join(directory, 'lib/napi-v8/tfjs_binding.node');
  return { name, version, directory, addon, provisioned: false, load: () => undefined };
}
