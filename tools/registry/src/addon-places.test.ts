import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packAddonPlaces } from './addon-places.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('packs a place for the addon of each platform, which is public and for that platform alone', async () => {
  const target = mkdtempSync(join(tmpdir(), 'ais-places-'));
  try {
    const manifests = (await packAddonPlaces(root, target)).map(
      (tarball) =>
        JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' })) as {
          name: string;
        },
    );
    expect(manifests.map(({ name }) => name)).toEqual([
      '@ais/native-darwin-arm64',
      '@ais/native-linux-arm64',
      '@ais/native-linux-x64',
      '@ais/native-win32-x64',
    ]);
    expect(manifests[1]).toMatchObject({ os: ['linux'], cpu: ['arm64'] });
    for (const manifest of manifests) expect(manifest).not.toHaveProperty('private');
  } finally {
    rmSync(target, { recursive: true });
  }
});
