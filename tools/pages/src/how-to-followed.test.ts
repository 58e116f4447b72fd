import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followPage, root } from './follow-page.js';

const pages = ['docs/how-to', 'docs/quick-start']
  .flatMap(
    (folder) => readdirSync(join(root, folder)).map((page) => `${folder}/${page}`),
    // Needs a cluster: how-to-slurm.test.ts.
  )
  .filter((page) => !page.endsWith('/run-on-slurm.md'));

/** OpenMPI wants to be told twice that root may use it. */
const environment = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

test.each(pages)('%s is true, word by word', async (page) => {
  await followPage(page, { environment });
});

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(3);
});
