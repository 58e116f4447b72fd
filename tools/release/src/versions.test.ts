import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from '@ais/registry';
import { afterEach, beforeEach, expect, test } from 'vitest';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const changeset = join(workspace, 'node_modules/@changesets/cli/bin.js');

let root: string;

/** A workspace with this one's manifests, all of them at 0.3.0. */
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ais-versions-'));
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ name: 'root', private: true, version: '0.0.0' }),
  );
  writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n');
  writeFileSync(join(root, 'pnpm-lock.yaml'), '');
  mkdirSync(join(root, '.changeset'));
  mkdirSync(join(root, 'tools/release'), { recursive: true });
  for (const file of ['.changeset/config.json', 'tools/release/changelog.cjs'])
    cpSync(join(workspace, file), join(root, file));
  for (const { directory } of await publishedPackages(workspace)) {
    const { devDependencies: _, ...manifest } = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    ) as object & {
      devDependencies?: object;
    };
    const copy = join(root, 'packages', basename(directory));
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, 'package.json'), JSON.stringify({ ...manifest, version: '0.3.0' }));
  }
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: root });
});
afterEach(() => rmSync(root, { recursive: true }));

/** The packages that a changeset gives new versions, with these. */
async function released(change: string): Promise<Record<string, string>> {
  writeFileSync(join(root, '.changeset/change.md'), change);
  execFileSync('git', ['add', '.'], { cwd: root });
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-qm', 'Begin'], {
    cwd: root,
  });
  execFileSync(process.execPath, [changeset, 'version'], { cwd: root, stdio: 'pipe' });
  const packages = await publishedPackages(root);
  const changed = packages.filter(({ version }) => version !== '0.3.0');
  return Object.fromEntries(changed.map(({ name, version }) => [name, version]));
}

const changelog = (folder: string): string =>
  readFileSync(join(root, 'packages', folder, 'CHANGELOG.md'), 'utf8');

test('a patch to one package releases that package alone, and its changelog has the text', async () => {
  const versions = await released("---\n'@ais/runtime': patch\n---\n\nLocks end.\n\nAlways.\n");
  expect(versions).toEqual({ '@ais/runtime': '0.3.1' });
  expect(changelog('runtime')).toBe(
    '# @ais/runtime\n\n## 0.3.1\n\n### Patch Changes\n\n- Locks end.\n\n  Always.\n',
  );
  expect(existsSync(join(root, 'packages/data/CHANGELOG.md'))).toBe(false);
});

test('below 1.0 a minor version of a package reaches those that depend on it as a patch', async () => {
  const versions = await released("---\n'@ais/workflow': minor\n---\n\nStages have owners.\n");
  expect(versions).toEqual({ '@ais/workflow': '0.4.0', '@ais/studies': '0.3.1' });
  expect(changelog('studies')).toContain('- Newer versions of @ais/workflow (0.4.0)');
});
