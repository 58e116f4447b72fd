import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './follow-page.js';
import { anchorsOf, linksOf, ownLinksOf, pathsOf } from './links.js';

const files = new Set(
  execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\n'),
);
const pages = [...files].filter((file) => file.endsWith('.md') && !file.startsWith('.changeset/')).sort();
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const { repository } = JSON.parse(read('package.json')) as { repository: { url: string } };
const address = repository.url.replace(/^git\+|\.git$/g, '');

/** Whether a link leads nowhere: a path from the root, or an anchor alone, of a page. */
function isBroken(page: string, target: string, anchor: string | undefined): boolean {
  const file = target === '' ? page : normalize(target).replace(/\/$/, '');
  if (!files.has(file) && !existsSync(join(root, file, '.'))) return true;
  return anchor !== undefined && !anchorsOf(read(file)).has(anchor);
}

test('links lead to files and headings that exist', () => {
  const broken = pages.flatMap((page) => {
    const links = [
      ...linksOf(read(page)).map((link) => (link.startsWith('#') ? link : join(dirname(page), link))),
      ...ownLinksOf(read(page), address),
    ];
    return links
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        return isBroken(page, decodeURI(path), anchor);
      })
      .map((link) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});

test('links of READMEs work on npm, where nothing else of the workspace is', () => {
  const readmes = pages.filter((page) => /^packages\/[^/]+\/README\.md$/.test(page));
  const relative = readmes.flatMap((page) =>
    linksOf(read(page))
      .filter((link) => !link.startsWith('#'))
      .map((link) => `${page}: ${link}`),
  );
  expect(relative).toEqual([]);
  expect(readmes.flatMap((page) => ownLinksOf(read(page), address)).length).toBeGreaterThan(20);
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
  expect(
    ownLinksOf('[a](https://x.org/o/n/blob/main/b.md#c) [d](https://x.org/o/e)', 'https://x.org/o/n'),
  ).toEqual(['b.md#c']);
  expect([...anchorsOf('# One `two`, three\n## A\n## A\n')]).toEqual(['one-two-three', 'a', 'a-1']);
  expect(pathsOf('`packages/kl/src/index.ts`, `packages/*/src`, and `docs/`')).toEqual([
    'packages/kl/src/index.ts',
    'docs/',
  ]);
});
