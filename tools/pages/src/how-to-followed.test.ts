import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followPage, root } from './follow-page.js';

const pages = ['docs/how-to', 'docs/quick-start'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((page) => `${folder}/${page}`),
);

test.each(pages)('%s is true, word by word', async (page) => {
  await followPage(page);
});

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(3);
});
