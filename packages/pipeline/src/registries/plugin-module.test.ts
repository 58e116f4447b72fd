import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { describeCause, loadPlugin } from './plugin-module.js';

const folder = mkdtempSync(join(tmpdir(), 'ais-plugin-module-'));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (name: string, code: string): Promise<unknown> => {
  writeFileSync(join(folder, name), code);
  return loadPlugin(join(folder, name), 'scorer');
};

test('a module that fails says where', async () => {
  await expect(load('fails.mjs', "const a = 1;\n\nthrow new Error('no salt');\n")).rejects.toMatchObject({
    code: 'invalid-plugin',
    message: expect.stringMatching(/it could not be loaded: no salt \(.*fails\.mjs:3:\d+\)$/),
  });
});

test.each([
  ['of a thrown error', `Error: no\n    at f (${pathToFileURL('/a b/c.mjs')}:3:7)`, 'no (/a b/c.mjs:3:7)'],
  [
    'of a syntax error',
    'file:///a/c.mjs:4\nconst = 1;\n      ^\nSyntaxError: no\n    at node:internal:1:1',
    'no (/a/c.mjs:4)',
  ],
  ['outside Node', 'Error: no\n    at f (node:fs:1:2)\n    at /a/d.cjs:1:2', 'no (/a/d.cjs:1:2)'],
  ['that nobody knows', 'Error: no\n    at f (<anonymous>)', 'no'],
])('the place %s', (_, stack, expected) => {
  expect(describeCause(Object.assign(new Error('no'), { stack }))).toBe(expected);
});

test('a package that is missing is to be installed', () => {
  const error = Object.assign(new Error("Cannot find package '@ais/gold-eval' imported from /a/judge.mjs"), {
    stack: '',
  });
  expect(describeCause(error)).toMatch(
    /imported from \/a\/judge\.mjs\. Install it.*: npm install @ais\/gold-eval$/,
  );
  expect(describeCause('no')).toBe('no');
});
