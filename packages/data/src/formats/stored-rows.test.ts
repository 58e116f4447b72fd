import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArrowFile, ArrowFileWriter } from './arrow-file.js';
import { StoredRows } from './stored-rows.js';

const COLUMNS = {
  id: 'text',
  family: 'optional-text',
  cut: 'integers',
  tokens: 'tokens',
  done: 'flag',
} as const;

let scratch = '';
let path = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-stored-'));
  path = join(scratch, 'rows.arrow');
  // Batches of 10 rows, the third without any family, and a last one that is not full.
  const writer = await ArrowFileWriter.create(path, COLUMNS, { batchRows: 10 });
  for (let row = 0; row < 37; row++) {
    writer.add({
      id: `row ${row} – ${'ü'.repeat(row)}`,
      family: row % 3 === 0 && Math.floor(row / 10) !== 2 ? `family ${row}` : null,
      cut: row % 2 === 0 ? [] : [row, row + 1],
      tokens: Array.from({ length: row % 7 }, (_, index) => 1000 * row + index),
      done: row % 5 === 1,
    });
  }
  await writer.close();
});
afterAll(() => rm(scratch, { recursive: true }));

async function inMemory(): Promise<object[]> {
  const file = await ArrowFile.open(path, COLUMNS);
  const rows: object[] = [];
  for (let batch = 0; batch < file.batches; batch++) {
    for (const { cut, tokens, ...row } of await file.rows(batch)) {
      rows.push({ ...row, cut: Array.from(cut), tokens: Array.from(tokens) });
    }
  }
  await file.close();
  return rows;
}

describe('StoredRows', () => {
  it('reads each row as the whole file is read, in any order and all in a row', async () => {
    const expected = await inMemory();
    const stored = await StoredRows.open(path, COLUMNS, COLUMNS);
    expect(stored.length).toBe(37);
    for (let row = 36; row >= 0; row--) expect(stored.at(row)).toEqual(expected[row]);
    expect([...stored]).toEqual(expected);
    expect([stored.at(37), stored.at(-1), stored.at(0.5)]).toEqual([undefined, undefined, undefined]);
  });

  it('reads the columns that are asked for', async () => {
    const { tokens, done } = COLUMNS;
    const stored = await StoredRows.open(path, COLUMNS, { tokens, done });
    expect(stored.at(11)).toEqual({ tokens: [11000, 11001, 11002, 11003], done: true });
  });

  it('refuses a file that has changed, and one that is no such file', async () => {
    const stored = await StoredRows.open(path, COLUMNS, COLUMNS);
    await utimes(path, 1, 1);
    expect(() => stored.at(0)).toThrow(/was changed while it was in use/);
    await rm(path);
    expect(() => stored.at(0)).toThrow(/cannot be read/);
    await expect(StoredRows.open(path, COLUMNS, COLUMNS)).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});
