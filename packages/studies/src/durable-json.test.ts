import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readJson, writeJson } from './durable-json.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-json-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('keeps a list of numbers on one line, whatever text looks like one', async () => {
  const path = join(folder, 'lines.json');
  await writeJson(path, {
    outcomes: [1, 0.5, -2e-7],
    rows: [[1, 2], []],
    text: '[\n  1,\n  2\n]',
    names: ['1', '2'],
  });
  expect(await readFile(path, 'utf8')).toBe(`{
  "outcomes": [1,0.5,-2e-7],
  "rows": [
    [1,2],
    []
  ],
  "text": "[\\n  1,\\n  2\\n]",
  "names": [
    "1",
    "2"
  ]
}
`);
});

it('comes back as it was', async () => {
  const path = join(folder, 'any.json');
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      await writeJson(path, value);
      expect(JSON.stringify(await readJson(path))).toBe(JSON.stringify(value));
    }),
    { numRuns: 50 },
  );
});
