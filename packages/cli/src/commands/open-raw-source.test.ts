import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturedOutput } from '../../test/captured-output.js';
import { runProgram } from '../program.js';

const tokenizer = fileURLToPath(new URL('../../../data/fixtures', import.meta.url));
const output = capturedOutput();
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-open-raw-source-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const pair = { prompt: 'Soup?', chosen: 'I made soup.', rejected: 'No.' };
const named = { prompt: 'Soup?', winner: 'I made soup.', loser: 'No.' };

/** Writes rows, builds a set of them, and returns its manifest. */
async function kindOf(rows: readonly unknown[], ...flags: string[]): Promise<string> {
  const source = join(root, 'rows.jsonl');
  const out = mkdtempSync(join(root, 'a set-'));
  const text = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  writeFileSync(source, `${text.join('\n')}\n`);
  const argv = ['--source', source, '--out', out, '--tokenizer', tokenizer, '--splits', 'train=1'];
  output.out = '';
  expect(await runProgram(['data', 'build', ...argv, '--threads', '1', ...flags]), output.err).toBe(0);
  expect(output.out).toContain(`ais data inspect '${out}'`);
  return output.out.includes('comparisons read') ? 'comparisons' : 'text';
}

test.each([
  ['good rows', [pair]],
  ['a first row that is no JSON', ['{"prompt": ', pair]],
  ['a first row of other columns', [{ note: 'from the export of May' }, pair]],
])('comparisons are recognized where faulty rows are skipped: %s', async (_, rows) => {
  expect(await kindOf(rows, '--on-error', 'skip')).toBe('comparisons');
});

test('text is recognized where faulty rows are skipped', async () => {
  const rows = ['{"prompt": ', { prompt: 'Soup?', completion: ' Yes.' }, pair];
  expect(await kindOf(rows, '--on-error', 'skip')).toBe('text');
});

test('columns that only comparisons have say what the records are', async () => {
  expect(await kindOf([named], '--columns', 'chosen=winner,rejected=loser')).toBe('comparisons');
});

test.each([
  [[named], ['--columns', 'chosen=winer,rejected=loser'], /"winer", "loser"; .*found "prompt", "winner"/],
  [[named], ['--columns', 'chose=winner'], /there is no field "chose"/],
  [[pair, { q: 'a' }], ['--kind', 'text'], /2 were malformed and skipped.*These are comparisons/],
  [
    [{ q: 'a', a: 'b' }],
    [],
    /expected the columns .*found "q", "a"\. Say which .*\(--columns prompt=a,completion=b\)/,
  ],
])('%j with %j: ais data inspect says what is wrong', async (rows, flags, message) => {
  const source = join(root, 'wrong.jsonl');
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  for (const name of [source, `${source}*1,${source}*1`]) {
    output.err = '';
    expect(await runProgram(['data', 'inspect', name, ...flags])).not.toBe(0);
    expect(output.err).toMatch(message);
  }
});
