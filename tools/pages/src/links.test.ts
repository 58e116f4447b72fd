import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './follow-page.js';
import { anchorsOf, linksOf, pathsOf } from './links.js';

const files = new Set(
  execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\n'),
);
const pages = [...files].filter((file) => file.endsWith('.md') && !file.startsWith('.changeset/')).sort();
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

test('links lead to files and headings that exist', () => {
  const broken = pages.flatMap((page) =>
    linksOf(read(page))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target =
          path === '' ? page : normalize(join(dirname(page), decodeURI(path))).replace(/\/$/, '');
        if (!files.has(target) && !existsSync(join(root, target, '.'))) return true;
        return anchor !== undefined && !anchorsOf(read(target)).has(anchor);
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('paths in code exist, from the root or from the page', () => {
  const missing = pages.flatMap((page) =>
    pathsOf(read(page))
      .filter((path) => [dirname(page), '.'].every((place) => !existsSync(join(root, place, path))))
      .map((path) => `${page}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('finds pages, links, and paths', () => {
  expect(pages).toContain('README.md');
  expect(linksOf('[a](b.md#c) ![d](e.svg) [web](https://example.org) `[no](link)`')).toEqual([
    'b.md#c',
    'e.svg',
  ]);
  expect([...anchorsOf('# One `two`, three\n## A\n## A\n')]).toEqual(['one-two-three', 'a', 'a-1']);
  expect(pathsOf('`packages/kl/src/index.ts`, `packages/*/src`, and `docs/`')).toEqual([
    'packages/kl/src/index.ts',
    'docs/',
  ]);
});
