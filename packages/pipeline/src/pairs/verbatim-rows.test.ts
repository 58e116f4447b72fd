import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, type Tokenizer, templates } from '@ais/data';
import { afterAll, expect, test } from 'vitest';
import { renderedRows } from './verbatim-rows.js';

const folder = mkdtempSync(join(tmpdir(), 'ais-verbatim-'));
const path = join(folder, 'pairs.jsonl');
afterAll(() => rmSync(folder, { recursive: true }));

const own = templates['question-answer'];
const text = { tokenizer: {} as Tokenizer, ...(own && { template: own }) };

/** Reads rows by every template but the model's own, and says which one it was and what was told. */
async function read(
  row: object,
  asked?: string,
  code: 'unknown-columns' | 'invalid-option' = 'unknown-columns',
) {
  writeFileSync(path, JSON.stringify(row));
  const told: string[] = [];
  const given = { asked, text, fields: ['prompt', 'chosen'], onWarning: (line: string) => told.push(line) };
  const name = await renderedRows(path, given, async (template) => {
    if (template === own) throw new DataError(code, 'Say so (--columns a=b), or (--template).');
    return template?.name;
  });
  return { name, told };
}

test('rows that are rendered already are read as they are, and that is said', async () => {
  const { name, told } = await read({ prompt: 'a', chosen: 'b' });
  expect(name).toBe('prompt-completion');
  expect(told).toEqual([
    expect.stringMatching(/prompt, chosen are taken as they are.*--pair-columns question=prompt/),
  ]);
  expect(await read({ prompt: 'a', chosen: 'b' }, 'text')).toEqual({ name: 'text', told: [] });
});

test.each([
  ['rows without a rendered prompt', { chosen: 'b' }, undefined],
  ['rows of messages', { prompt: [{ role: 'user', content: 'a' }], chosen: 'b' }, undefined],
  ['a template that was asked for', { prompt: 'a', chosen: 'b' }, 'question-answer'],
])('%s are refused, with the flags of pairs', async (_, row, asked) => {
  await expect(read(row, asked)).rejects.toMatchObject({
    name: 'DataError',
    code: 'unknown-columns',
    message: expect.stringContaining('(--pair-columns a=b), or (--pair-template)'),
  });
});

test('other errors are told as they are', async () => {
  await expect(read({ prompt: 'a', chosen: 'b' }, undefined, 'invalid-option')).rejects.toThrow(
    '(--columns a=b)',
  );
});
