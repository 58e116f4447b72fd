import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { brokenLinks, linksOf } from './built-links.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-built-'));
  await mkdir(join(folder, 'how-to'));
  await writeFile(
    join(folder, 'index.html'),
    '<a class="x" href="/base/how-to/">h</a><a href="/base/a#top">a</a>',
  );
  await writeFile(
    join(folder, 'a.html'),
    '<h1 id="top">A</h1><a href="#gone">x</a><img src="/base/no.svg"><a href="https://x.org">',
  );
  await writeFile(
    join(folder, 'how-to/index.html'),
    '<a href="./../a.html#top">a</a><a href="/elsewhere">e</a>',
  );
});
afterAll(() => rm(folder, { recursive: true }));

test('finds what leads nowhere: pages, anchors, pictures, and what is above the base', () => {
  expect(brokenLinks(folder, '/base/')).toEqual([
    'a.html: #gone',
    'a.html: /base/no.svg',
    'how-to/index.html: /elsewhere',
  ]);
});

test('reads links, pictures, scripts, and styles', () => {
  const html =
    '<link rel="x" href="/a.css"><script type="module" src="/b.js"></script><a\nhref="/c?x=1&amp;y=2">';
  expect(linksOf(html)).toEqual(['/a.css', '/b.js', '/c?x=1&y=2']);
});
