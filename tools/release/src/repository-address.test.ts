import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressFaults, changeAddress, originFields, parseAddress } from './repository-address.js';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const here = parseAddress('https://github.com/someone/thing');

let root: string;
const write = (file: string, content: string | object): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), typeof content === 'string' ? content : JSON.stringify(content));
};
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-address-'));
  execFileSync('git', ['init', '-q'], { cwd: root });
  write('package.json', { repository: { type: 'git', url: `git+${here.url}.git` } });
  write('packages/a/package.json', { name: 'a', version: '1.0.0', ...originFields(here, 'a') });
  write('packages/a/README.md', `[page](${here.url}/blob/main/docs/page.md)`);
  write(
    'docs/page.md',
    `[one](${here.url}), [another](${here.url}-else), [third](https://github.com/x/y/blob/main/z.md)`,
  );
  write('.github/CODEOWNERS', '* @someone\n');
});
afterEach(() => rmSync(root, { recursive: true }));

test('manifests and pages of this repository agree on its address', async () => {
  expect(await addressFaults(workspace)).toEqual([]);
});

test('finds manifests, links, and owners that say something else', async () => {
  expect(await addressFaults(root)).toEqual([]);
  write('packages/a/package.json', { name: 'a', version: '1.0.0', ...originFields(here, 'b') });
  write('packages/a/README.md', '[page](https://github.com/old/thing/blob/main/docs/page.md)');
  write('.github/CODEOWNERS', '* @old\n');
  expect(await addressFaults(root)).toEqual([
    expect.stringContaining(
      'packages/a/package.json: homepage must be "https://github.com/someone/thing/tree/main/packages/a#readme"',
    ),
    expect.stringContaining('packages/a/package.json: repository must be'),
    `packages/a/README.md: https://github.com/old/thing/blob/main/docs/page.md must begin with ${here.url}`,
    '.github/CODEOWNERS: names no user or team of @someone',
  ]);
});

test('changes the address everywhere, and nothing that only begins like it', async () => {
  const next = parseAddress('https://github.com/else/where');
  expect(changeAddress(root, next)).toEqual([
    '.github/CODEOWNERS',
    'docs/page.md',
    'package.json',
    'packages/a/README.md',
    'packages/a/package.json',
  ]);
  expect(await addressFaults(root)).toEqual([]);
  expect(read('docs/page.md')).toContain(
    '[one](https://github.com/else/where), [another](https://github.com/someone/thing-else)',
  );
  expect(changeAddress(root, next)).toEqual([]);
});

test('refuses what is not an address', () => {
  expect(() => parseAddress('github.com/owner')).toThrow('expected an address such as');
});
