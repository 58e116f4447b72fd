import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followPage, root } from './follow-page.js';

describe('a page that is not true', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(root, 'tools/pages/page-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const pageOf = (text: string): string => {
    writeFileSync(join(folder, 'page.md'), text);
    return relative(root, join(folder, 'page.md'));
  };

  test('has a command that fails', async () => {
    const page = pageOf('```sh\ncd /\n```\n\n```sh\necho no\nfalse\n```\n\n```sh\necho yes\n```\n');
    await expect(followPage(page)).rejects.toThrow(/page\.md, line 5: exit status 1\nno/);
  });

  test('shows what a command does not print', async () => {
    const page = pageOf('```sh\necho 1 row\n```\n\n```text\n2 rows\n```\n');
    await expect(followPage(page)).rejects.toThrow(/line 1: expected 2 rows\nin\n1 row/);
  });

  test('names an option that ais does not have', async () => {
    await expect(followPage(pageOf('```sh\nais sft --sauce a.csv\n```\n'))).rejects.toThrow(/--sauce/);
  });
});
