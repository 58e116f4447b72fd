// The pages as they are put together: quick, without VitePress.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryPoints } from './entry-points.js';
import { headingSlug } from './headings.js';
import { llmsFullText, llmsText } from './llms.js';
import { type SidebarItem, sidebar } from './navigation.js';
import { siteContent, sitePathOf, withSiteLinks } from './pages.js';
import { workspace } from './workspace.js';

const { pages, files } = siteContent();
const paths = new Set(pages.map(({ path }) => path));

test('links lead to pages of the site and headings of theirs', () => {
  const headings = new Map(pages.map(({ path, text }) => [path, headingsOf(text)]));
  const broken = pages.flatMap(({ source, text }) =>
    [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/\]\(\/([^)#\s]*\.md)(?:#([^)\s]*))?\)/g)]
      .filter(
        ([, path = '', anchor]) =>
          (anchor !== undefined && !headings.get(path)?.has(anchor)) || !paths.has(path),
      )
      .map(([link]) => `${source}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('no two files of the workspace are one page', () => {
  expect(paths.size).toBe(pages.length);
});

test('what pages show and offer is there', () => {
  expect([...files].filter((file) => !existsSync(join(workspace, file)))).toEqual([]);
  expect(files.size).toBeGreaterThan(50);
});

test('drawings and live pages that pages show are there', () => {
  const shown = pages.flatMap(({ source, text }) =>
    [...text.replace(/^```[\s\S]*?^```$|`[^`]*`/gm, '').matchAll(/<(Figure|Live) name="([^"]+)"/g)].map(
      ([, kind, name]) => ({
        source,
        file: kind === 'Figure' ? `docs/images/idea-${name}.svg` : `tools/site/live/${name}.ts`,
      }),
    ),
  );
  expect(shown.filter(({ file }) => !existsSync(join(workspace, file)))).toEqual([]);
  expect(shown.length).toBeGreaterThan(4);
});

test('every page is in the sidebar once, but the home page', () => {
  const links = linksOf(sidebar(pages));
  const expected = pages.filter(({ path }) => path !== 'index.md').map(({ path }) => path);
  expect(links.map(toPath).sort()).toEqual(expected.sort());
});

test('every entry point of the packages has a page of its own in the reference', () => {
  const points = entryPoints();
  expect(points.map(({ name }) => name)).toContain('@ais/data/chat');
  expect(new Set(points.map(({ path }) => path)).size).toBe(points.length);
  expect(points.filter(({ file }) => !existsSync(file))).toEqual([]);
});

test('every page has a title and says what it is about', () => {
  expect(pages.filter(({ title, source }) => title === source).map(({ source }) => source)).toEqual([]);
  expect(pages.filter(({ description }) => description === '').map(({ source }) => source)).toEqual([]);
});

test('links of a page become those of the site', () => {
  const all = new Set([
    'docs/a.md',
    'docs/b/README.md',
    'docs/images/c.svg',
    'docs/data.csv',
    'packages/kl/src/x.ts',
  ]);
  const found = new Set<string>();
  const rewrite = (text: string): string => withSiteLinks(text, 'docs/a.md', all, found, 'https://h.org/o/r');
  expect(rewrite('[b](b/README.md#top), [b](b), [a](#here), [web](https://x.org)')).toBe(
    '[b](/b/index.md#top), [b](/b/index.md), [a](#here), [web](https://x.org)',
  );
  expect(rewrite('![c](images/c.svg) and [d](data.csv)')).toBe(
    '![c](/files/docs/images/c.svg) and [d](/files/docs/data.csv){target="_self"}',
  );
  const code = '[`x`](https://h.org/o/r/tree/main/packages/kl/src/x.ts)';
  expect([rewrite('[`x`](../packages/kl/src/x.ts)'), rewrite(code)]).toEqual([code, code]);
  expect(rewrite('[b](https://h.org/o/r/blob/main/docs/b/README.md#top)')).toBe('[b](/b/index.md#top)');
  expect(rewrite('[![c](images/c.svg)](b)')).toBe('[![c](/files/docs/images/c.svg)](/b/index.md)');
  expect(rewrite('`[b](b)`\n\n```md\n[b](b)\n```\n')).toBe('`[b](b)`\n\n```md\n[b](b)\n```\n');
  expect([...found]).toEqual(['docs/images/c.svg', 'docs/data.csv']);
  expect(() => rewrite('![gone](gone.svg)')).toThrow('must be in docs/');
});

test('files of the workspace have their places', () => {
  expect(sitePathOf('docs/how-to/README.md')).toBe('how-to/index.md');
  expect(sitePathOf('packages/kl/README.md')).toBe('packages/kl/index.md');
  expect(sitePathOf('packages/kl/fixtures/README.md')).toBeUndefined();
  expect(sitePathOf('README.md')).toBe('overview.md');
});

test('language models get a list of the pages, and their text', () => {
  const list = llmsText(pages, sidebar(pages), '/');
  expect(list).toMatch(/^# ais\n\n> /);
  expect(list).toContain('](/tutorial.md): From a CSV file');
  const text = llmsFullText(pages);
  expect(text).toContain('# Tutorial: align a model');
  expect(text).not.toMatch(/^edit: https/m);
  expect(text.length).toBeLessThan(1_500_000);
});

function headingsOf(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)) {
    const slug = headingSlug(heading.replace(/\[([^\]]*)\]\([^)]*\)(\{[^}]*\})?/g, '$1'));
    let unique = slug;
    for (let number = 1; found.has(unique); number += 1) unique = `${slug}-${number}`;
    found.add(unique);
  }
  return found;
}

function linksOf(items: readonly SidebarItem[]): string[] {
  return items.flatMap(({ link, items: inner = [] }) => [
    ...(link === undefined ? [] : [link]),
    ...linksOf(inner),
  ]);
}

function toPath(link: string): string {
  return `${link.slice(1)}${link.endsWith('/') ? 'index' : ''}.md`;
}
