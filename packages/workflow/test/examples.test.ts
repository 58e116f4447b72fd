import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as workflow from '../src/index.js';
import * as testing from '../src/testing/index.js';

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples).not.toEqual([]);
});

test.each(examples)('$name', async ({ name, code }) => {
  const scope = { ...workflow, ...testing, join, tmpdir, mkdtemp, readFile, writeFile };
  const printed = name.startsWith('README') ? ['0', '10', '20'] : [];
  expect(await runExample(code, scope)).toEqual(printed);
});
