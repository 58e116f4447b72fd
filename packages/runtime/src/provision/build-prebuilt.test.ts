import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../files/sha256.js';
import { compilerParameters } from './addon-build.js';
import { buildPrebuilt } from './build-prebuilt.js';
import { libraryFromAddon } from './tensorflow-library.js';
import { findRecipe } from './wheels.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-prebuilt-'));
});

afterEach(() => rm(directory, { recursive: true }));

it('describes an addon that was compiled elsewhere', async () => {
  const addon = join(directory, 'built.node');
  await writeFile(addon, 'windows');
  await mkdir(join(directory, 'out'));
  const manifest = await buildPrebuilt({
    platform: 'win32',
    architecture: 'x64',
    directory: join(directory, 'out'),
    addon,
  });
  expect(manifest).toMatchObject({
    recipe: 'win32-x64-cpu',
    tensorflow: '2.9.1',
    package: '@tensorflow/tfjs-node',
    version: '4.22.0',
    sources: expect.stringMatching(/^[0-9a-f]{64}$/),
    addon: { file: 'tfjs_binding.node', sha256: sha256('windows'), bytes: 7 },
  });
  expect(JSON.parse(await readFile(join(directory, 'out/manifest.json'), 'utf8'))).toEqual(manifest);
  expect(await readFile(join(directory, 'out/tfjs_binding.node'), 'utf8')).toBe('windows');
});

it('knows which platforms there are', async () => {
  await expect(buildPrebuilt({ platform: 'sunos', architecture: 'x64', directory })).rejects.toMatchObject({
    code: 'unsupported-platform',
  });
});

it.each([
  ['linux', 'arm64', '$ORIGIN', ['-L/l', '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2']],
  ['darwin', 'arm64', '@loader_path', ['-undefined', 'dynamic_lookup', '/l/libtensorflow_cc.2.dylib']],
])(
  'compiles for %s %s with libraries that lie beside the addons of the cache',
  (platform, architecture, origin, more) => {
    const recipe = findRecipe(platform, architecture, false)!;
    const runPath = `${origin}/${libraryFromAddon(recipe)}`;
    const parameters = compilerParameters({ binding: '/b', library: '/l', recipe, runPath }, '/o');
    expect(parameters).toContain(
      `-Wl,-rpath,${origin}/../../tensorflow-2.15.1-${platform}-${architecture}-cpu/tensorflow`,
    );
    for (const parameter of more) expect(parameters).toContain(parameter);
  },
);

it('leaves the memory of tensors to every TensorFlow but the one whose tables are known', () => {
  const compiled = (isGpu: boolean): string[] => {
    const recipe = findRecipe('linux', 'x64', isGpu)!;
    const sources = compilerParameters({ binding: '/b', library: '/l', recipe, runPath: '/l' }, '/o');
    return [recipe.tensorflow, ...sources.filter((parameter) => parameter.endsWith('/memory.cc'))];
  };
  expect(compiled(false)).toEqual(['2.15.1', expect.stringMatching(/kernels\/memory\.cc$/)]);
  expect(compiled(true)).toEqual(['2.20.0']);
});
