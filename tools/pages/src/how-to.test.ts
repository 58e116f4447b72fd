import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followPage, root } from './follow-page.js';

const pages = readdirSync(join(root, 'docs/how-to'));

test.each(pages)('docs/how-to/%s is true, word by word', (page) => followPage(`docs/how-to/${page}`));

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(3);
});
