import { describe, expect, it } from 'vitest';
import { findRecipe } from './wheels.js';

describe.each([
  ['linux', 'x64', false],
  ['linux', 'arm64', false],
  ['linux', 'x64', true],
  ['darwin', 'arm64', false],
  ['darwin', 'x64', false],
])('the recipe of %s %s, gpu %s', (platform, architecture, gpu) => {
  const recipe = findRecipe(platform, architecture, gpu);

  it('pins every wheel: distribution, version, platform, hash and size', () => {
    expect(recipe?.wheels.length).toBeGreaterThan(0);
    for (const { distribution, version, file, sha256, bytes } of recipe?.wheels ?? []) {
      expect(file.startsWith(`${distribution.replaceAll('-', '_')}-${version}-`)).toBe(true);
      expect(file).toMatch(architecture === 'x64' ? /x86_64\.whl$/ : /(aarch64|arm64)\.whl$/);
      expect(file.includes('macosx')).toBe(platform === 'darwin');
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(bytes).toBeGreaterThan(1e6);
    }
    expect(new Set(recipe?.wheels.map(({ sha256 }) => sha256)).size).toBe(recipe?.wheels.length);
  });

  it('has TensorFlow first', () => {
    expect(recipe?.wheels[0]?.distribution).toMatch(/^tensorflow/);
    expect(recipe?.wheels[0]?.version).toBe(recipe?.tensorflow);
  });
});

it.each([
  ['darwin', 'arm64', true],
  ['win32', 'arm64', false],
  ['linux', 'arm64', true],
])('has none for %s %s, gpu %s', (platform, architecture, gpu) => {
  expect(findRecipe(platform, architecture, gpu)).toBeUndefined();
});

it('takes the archive of the C library on Windows, from its own address', () => {
  const [archive] = findRecipe('win32', 'x64', false)?.wheels ?? [];
  expect(archive?.url).toBe(`https://storage.googleapis.com/tensorflow/libtensorflow/${archive?.file}`);
  expect(archive?.sha256).toMatch(/^[0-9a-f]{64}$/);
});
