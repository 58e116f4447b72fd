import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson, readJsonLines, writeJson, writeJsonLines } from './json-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-json-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a JSON file', () => {
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

  it('is undefined if there is none, and an error that names it if it is damaged', async () => {
    expect(await readJson(join(folder, 'none.json'))).toBeUndefined();
    const path = join(folder, 'cut.json');
    await writeFile(path, '{"a":');
    await expect(readJson(path)).rejects.toMatchObject({
      code: 'damaged-file',
      path,
      message: expect.stringContaining(path),
    });
  });
});

describe('a file of JSON lines', () => {
  it('comes back as it was, an empty one too', async () => {
    const path = join(folder, 'values.jsonl');
    for (const values of [[{ text: 'a\nb' }, [1], null, 'x'], []]) {
      await writeJsonLines(path, values);
      expect(await readJsonLines(path)).toEqual(values);
    }
  });

  it('names the line that is damaged', async () => {
    const path = join(folder, 'cut.jsonl');
    await writeFile(path, '1\n2\n{"a"\n');
    await expect(readJsonLines(path)).rejects.toMatchObject({
      code: 'damaged-file',
      message: expect.stringContaining(`${path}, line 3, is not JSON`),
    });
  });
});
