import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Bool,
  type Data,
  Field,
  Int32,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ArrowFile, ArrowFileWriter } from './arrow-file.js';
import { StoredRows } from './stored-rows.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-arrow-'));
});
afterAll(() => rm(directory, { recursive: true }));

const tokens = (offsets: readonly number[], values: readonly number[]): Data =>
  makeData({
    type: new List(new Field('item', new Int32(), false)),
    length: offsets.length - 1,
    nullCount: 0,
    valueOffsets: Int32Array.from(offsets),
    child: makeData({
      type: new Int32(),
      length: values.length,
      nullCount: 0,
      data: Int32Array.from(values),
    }),
  });
const flags = (count: number): Data =>
  makeData({
    type: new Bool(),
    length: count,
    nullCount: 0,
    data: new Uint8Array(Math.ceil(count / 8)).fill(1),
  });
const text = (offsets: readonly number[]): Data =>
  makeData({
    type: new Utf8(),
    length: offsets.length - 1,
    nullCount: 0,
    valueOffsets: Int32Array.from(offsets),
    data: new TextEncoder().encode('abcdef'),
  });

/** The first batch of a file of two columns, one of which is a flag. */
async function read(
  column: Data,
  type: 'tokens' | 'text',
  rows = 2,
  flag: Data = flags(2),
): Promise<unknown> {
  const fields = [new Field('a', column.type, false), new Field('b', flag.type, false)];
  const struct = makeData({ type: new Struct(fields), length: rows, nullCount: 0, children: [column, flag] });
  const path = join(directory, 'rows.arrow');
  await writeFile(
    path,
    await RecordBatchFileWriter.writeAll([new RecordBatch(new Schema(fields), struct)]).toUint8Array(),
  );
  const file = await ArrowFile.open(path, { a: type, b: 'flag' });
  try {
    return await file.rows(0);
  } finally {
    await file.close();
  }
}

it('reads what a batch has', async () => {
  const found = [
    { a: Int32Array.of(5, 6), b: true },
    { a: Int32Array.of(7), b: false },
  ];
  expect(await read(tokens([0, 2, 3], [5, 6, 7]), 'tokens')).toEqual(found);
  expect(await read(text([0, 2, 6]), 'text')).toMatchObject([{ a: 'ab' }, { a: 'cdef' }]);
});

it.each([
  ['more rows than its columns have', tokens([0, 2, 3], [5, 6, 7]), 'tokens', 1_000_000],
  ['rows that each have what others have', tokens([0, 3, 0, 3], [5, 6, 7]), 'tokens', 3],
  ['a row outside the values', text([0, 2, 60]), 'text', 2],
  ['text where tokens should be', text([0, 2, 6]), 'tokens', 2],
  ['tokens where text should be', tokens([0, 2, 3], [5, 6, 7]), 'text', 2],
] as const)('refuses %s', async (_, column, type, rows) => {
  await expect(read(column, type, rows, flags(rows))).rejects.toMatchObject({
    code: 'invalid-prepared-data',
  });
});

it('refuses fewer flags than rows, and another type', async () => {
  const column = text(Array.from({ length: 101 }, () => 0));
  await expect(read(column, 'text', 100, flags(2))).rejects.toMatchObject({ code: 'invalid-prepared-data' });
  await expect(read(text([0, 2, 6]), 'text', 2, text([0, 2, 6]))).rejects.toMatchObject({
    code: 'invalid-prepared-data',
  });
});

it('builds no more than a file holds, whatever numbers it tells', async () => {
  const path = join(directory, 'told.arrow');
  const columns = { a: 'tokens', b: 'flag' } as const;
  const rows = [
    { a: [1, 2], b: true },
    { a: [3], b: false },
  ];
  const writer = await ArrowFileWriter.create(path, columns);
  for (const row of rows) writer.add(row);
  await writer.close();
  const whole = await readFile(path);
  let refused = 0;
  for (let at = 0; at + 4 <= whole.length; at += 2) {
    const changed = Buffer.from(whole);
    changed.writeInt32LE(0x7ffffff0, at);
    await writeFile(path, changed);
    const ways = [
      async () => [...(await StoredRows.open(path, columns, columns))],
      async () => {
        const file = await ArrowFile.open(path, columns);
        try {
          return await file.rows(0);
        } finally {
          await file.close();
        }
      },
    ];
    for (const way of ways) {
      const found = await way().catch((error: unknown) => error);
      if (Array.isArray(found)) expect(found.length).toBeLessThanOrEqual(8 * whole.length);
      else {
        expect(found).toMatchObject({ code: 'invalid-prepared-data' });
        refused += 1;
      }
    }
  }
  expect(refused).toBeGreaterThan(100);
});
