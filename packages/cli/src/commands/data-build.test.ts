import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedOutput } from '../../test/captured-output.js';
import { runProgram } from '../program.js';

const tokenizer = fileURLToPath(new URL('../../../data/fixtures', import.meta.url));
const output = capturedOutput();
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-data-build-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const build = (file: string, ...flags: string[]) =>
  runProgram(['data', 'build', '--source', join(root, file), '--out', join(root, `${file}-set`), ...flags]);

describe('a source without records', () => {
  test.each([
    ['empty.jsonl', ''],
    ['empty.csv', ''],
    ['header.csv', 'prompt,completion\n'],
  ])('%s is an error, with a tokenizer and without', async (name, content) => {
    writeFileSync(join(root, name), content);
    for (const flags of [['--tokenizer', tokenizer], []]) {
      output.err = '';
      expect(await build(name, ...flags)).toBe(1);
      expect(output.err).toContain(
        'has no records, so there is nothing to prepare. Check that it is the right file',
      );
      expect(readdirSync(join(root, `${name}-set`))).toEqual([]);
    }
  });
});
