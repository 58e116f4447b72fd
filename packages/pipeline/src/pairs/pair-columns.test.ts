import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@ais/data';
import { afterAll, expect, test } from 'vitest';
import { columnsWithFields, sharedColumns } from './pair-columns.js';

const folder = mkdtempSync(join(tmpdir(), 'ais-pair-columns-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the source’s columns that rows have too are those of the rows, unless others were given', async () => {
  const path = join(folder, 'pairs.jsonl');
  writeFileSync(path, '{"Asked":"Why?","info":{"post":"x"},"a.b":"y","chosen":"So."}\n');
  const sourceColumns = { question: 'Asked', answer: 'Said', post: 'info.post', dotted: 'a.b', none: 'c.d' };
  expect(await sharedColumns(path, { sourceColumns })).toEqual({
    question: 'Asked',
    post: 'info.post',
    dotted: 'a.b',
  });
  expect(await sharedColumns(path, { sourceColumns, columns: { question: 'q' } })).toEqual({
    post: 'info.post',
    dotted: 'a.b',
  });
  expect(await sharedColumns(path, {})).toEqual({});
});

test('columns that a reader has no field for are left out, and other errors are not', () => {
  const open = (columns: object): void => {
    if ('answer' in columns) throw new DataError('invalid-option', 'there is no field "answer"');
    if ('broken' in columns) throw new Error('broken');
  };
  expect(columnsWithFields({ question: 'Asked', answer: 'Said' }, open)).toEqual({ question: 'Asked' });
  expect(() => columnsWithFields({ broken: 'x' }, open)).toThrow('broken');
});
