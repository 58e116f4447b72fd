import { expect, test } from 'vitest';
import { packageManifest, packageReadme } from './package-files.js';

const own = { name: '@ais/native-linux-arm64', version: '1.2.3', private: true, license: 'Apache-2.0' };

test('what is published is for one platform, and public', () => {
  const manifest = packageManifest(own, 'linux', 'arm64');
  expect(manifest).toMatchObject({
    name: own.name,
    version: '1.2.3',
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['glibc'],
  });
  expect(manifest).not.toHaveProperty('private');
  expect(packageManifest(own, 'darwin', 'arm64')).not.toHaveProperty('libc');
});

test('the README has the hash of the addon', () => {
  const addon = { file: 'tfjs_binding.node', sha256: 'abc', bytes: 98_880 };
  const facts = {
    recipe: 'r',
    tensorflow: '2.15.1',
    package: '@tensorflow/tfjs-node',
    version: '4.22.0',
    sources: 's',
    addon,
  };
  expect(packageReadme(own.name, facts, '2.17')).toMatch(
    /98880 bytes[\s\S]*SHA-256 \| `abc`[\s\S]*GNU C library 2\.17/,
  );
});
