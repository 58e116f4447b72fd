import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
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

describe('a name that no module has', () => {
  const RAN = 'ais-plugin-module-ran';
  const code = `data:text/javascript,globalThis['${RAN}']=1;export default 1;export{a as 'a-b'};const a=1;`;

  test.each([
    ['an export of several lines', 'FILE#a\nb', /"a\\nb" is no name of an export\. Write .*#NAME, or /],
    ['an export that is no identifier', 'FILE#a-b', /"a-b" is no name of an export/],
    ['an export that is empty', 'FILE#', /"" is no name of an export/],
    ['two exports', 'FILE#a#b', /"a#b" is no name of an export/],
    [
      'code in the address',
      code,
      /is neither a path nor the name of a package\. Write a path such as \.\/scorer\.mjs/,
    ],
    ['code in the address, and an export', `${code}//#x`, /is neither a path nor/],
    ['code in the address with a space', `${code} ;//#x`, /is neither a path nor/],
    ['code in the address, and no identifier', `${code}//#a-b`, /"a-b" is no name of an export/],
    ['code in the address, and no export', `${code}//#`, /"" is no name of an export/],
    ['the URL of a file', 'URL', /is neither a path nor/],
    ['the URL of a server', 'https://somebody.test/evil', /is neither a path nor/],
    ['a module of Node', 'node:child_process#exec', /is neither a path nor/],
    ['a private import', '#internal', /"" is neither a path nor/],
    ['a package with a query', 'somebody?a#b', /is neither a path nor/],
    ['a way out of a package', 'somebody/../../evil#x', /is neither a path nor/],
    ['letters that look alike', 'ѕomebody#x', /is neither a path nor/],
    ['an empty name', '', /"" is neither a path nor/],
  ])('is refused before anything runs: %s', async (_what, name, message) => {
    const file = join(folder, 'ran.mjs');
    writeFileSync(file, `globalThis['${RAN}'] = 1; export default 1; const a = 1; export { a, a as 'a-b' };`);
    writeFileSync(join(folder, 'ran'), `globalThis['${RAN}'] = 1;`);
    const specifier = name.replace('FILE', file).replace('URL', pathToFileURL(join(folder, 'ran')).href);
    await expect(loadPlugin(specifier, 'scorer')).rejects.toMatchObject({
      code: 'invalid-plugin',
      key: 'scorer',
      message: expect.stringMatching(message),
    });
    expect(Reflect.has(globalThis, RAN)).toBe(false);
  });
});
