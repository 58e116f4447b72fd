import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as workflow from '../src/index.js';

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples).not.toEqual([]);
});

test.each(examples)('$name', async ({ code }) => {
  const scope = { ...workflow, join, tmpdir, mkdtemp, readFile, writeFile };
  expect(await runExample(code, scope)).toEqual(['0', '10', '20']);
});
