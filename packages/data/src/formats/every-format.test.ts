import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interruptible } from '@ais/runtime/process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectRecords } from '../records/collect-records.js';
import { createReadReport, readFaults } from '../records/read-report.js';
import type { Row } from '../records/row.js';
import { comparisonSource } from '../sources/comparison-source.js';
import { sampleSource } from '../sources/sample-source.js';
import { textSource } from '../sources/text-source.js';
import { type OpenRowsOptions, openRows } from './open-rows.js';
import { parseJson } from './parse-json.js';

const folder = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const fixture = (name: string): string => `${folder}${name}`;
async function rowsOf(name: string, options: OpenRowsOptions = {}): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of openRows(fixture(name), options).rows(readFaults())) found.push(row);
  return found;
}

const expected = parseJson(await readFile(fixture('formats/rows.json'), 'utf8')) as Record<
  string,
  string | bigint | number | null
>[];
const tables = [
  'rows.json',
  'rows.jsonl',
  'rows.ndjson',
  'rows.txt',
  'rows-lines.json',
  'rows-no-extension',
  'rows-bom.jsonl',
  'rows-compact.json',
  'rows-bom.json',
  'rows-array.json.gz',
  'rows.parquet',
  'rows-pandas.parquet',
  'rows-polars.parquet',
  'rows.feather',
  'rows-lz4.feather',
  'rows-zstd.feather',
  'rows-pandas.feather',
  'rows-polars.arrow',
  'rows-stream.arrow',
  'rows-dictionary.feather',
  'saved',
  'saved-dictionary',
];
const texts = [
  'rows.csv',
  'rows-bom.csv',
  'rows-semicolon.csv',
  'rows.tsv',
  'rows.csv.gz',
  'rows-pandas.csv',
];

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-formats-'));
});
afterAll(() => rm(scratch, { recursive: true }));

describe('the same rows', () => {
  it.each(tables)('%s: with columns within columns, lists, and ids beyond 2⁵³', async (name) => {
    const rows = await rowsOf(`formats/${name}`);
    expect(rows.map(({ value }) => value)).toEqual(expected);
    expect(rows.map(({ key }) => key)).toEqual(['1', '2', '3', '4']);
  });

  it.each(texts)('%s: as text', async (name) => {
    const rows = await rowsOf(`formats/${name}`);
    expect(rows.map(({ value }) => value)).toEqual(
      expected.map(({ id, question, answer, score, family }) =>
        Object.fromEntries(
          Object.entries({ id, question, answer, score, family }).map(([key, value]) => [
            key,
            String(value ?? ''),
          ]),
        ),
      ),
    );
  });

  it.each([...tables, ...texts])(
    '%s: none once the signal around the reading has stopped it',
    async (name) => {
      const stopped = interruptible(AbortSignal.abort(new Error('enough')), () => rowsOf(`formats/${name}`));
      await expect(stopped).rejects.toThrow('enough');
    },
  );

  it.each([...tables, ...texts])('%s: the same records', async (name) => {
    const rows = openRows(fixture(`formats/${name}`));
    const records = await collectRecords(textSource(rows));
    expect(records).toEqual(
      expected.map(({ id, question, answer, family }) => ({
        id: String(id),
        prompt: `Question: ${question}\nAnswer:`,
        response: ` ${answer}`,
        ...(family === null ? {} : { family }),
      })),
    );
    const columns = { prompt: 'question', response: 'answer' };
    const samples = await collectRecords(sampleSource(rows, { columns }));
    expect(samples.map(({ score }) => score)).toEqual([3, -2, 7, 0]);
  });

  it('a split of a dictionary of sets', async () => {
    const test = await rowsOf('formats/saved-dictionary', { split: 'test' });
    expect(test.map(({ value }) => value)).toEqual([expected[3], expected[2]]);
    await expect(rowsOf('formats/saved-dictionary', { split: 'dev' })).rejects.toThrow(
      /has no split "dev"; it has train, test\. Choose one .*saved-dictionary:train/,
    );
    expect(await rowsOf('formats/saved-dictionary:test')).toEqual(test);
  });
});

describe('whole numbers of every width', () => {
  const limits = Object.fromEntries(
    ['', 'u'].flatMap((sign) =>
      [8n, 16n, 32n, 64n].map((bits) => {
        const range = sign === 'u' ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
        const plain = range.map((limit) => (bits === 64n && limit !== 0n ? limit : Number(limit)));
        return [`${sign}int${bits}`, plain];
      }),
    ),
  );

  it.each(['integers.parquet', 'integers.feather', 'integers.jsonl'])('%s', async (name) => {
    const rows = await rowsOf(`formats/${name}`);
    for (const [column, [least, greatest]] of Object.entries(limits)) {
      expect(rows.map(({ value }) => value[column])).toEqual([least, greatest, 7]);
      expect(rows.map(({ value }) => value[`${column}s`])).toEqual([[least, greatest], [1, 2, 3], []]);
    }
  });

  it.each(['tokens.jsonl', 'tokens-int32.parquet', 'tokens-int64.parquet'])('tokens: %s', async (name) => {
    const rows = await rowsOf(`cases/${name}`);
    const tokens = rows.map(({ value: { prompt, chosen, rejected } }) => ({ prompt, chosen, rejected }));
    expect(tokens).toEqual((await rowsOf('cases/tokens.jsonl')).map(({ value }) => value));
    expect(tokens[0]).toEqual({ prompt: [5, 9, 33], chosen: [7, 8, 0], rejected: [12, 0] });
  });

  it('tokens: pd-tokens.parquet', async () => {
    const [{ value }] = (await rowsOf('cases/pd-tokens.parquet')) as [Row];
    expect(value).toMatchObject({ prompt: [5, 9], chosen: [7, 0], rejected: [9, 0] });
  });

  it.each(['bigid.jsonl', 'bigid.parquet'])('ids beyond 2⁵³: %s', async (name) => {
    const pairs = await collectRecords(comparisonSource(openRows(fixture(`cases/${name}`))));
    expect(pairs.map(({ id }) => id)).toEqual(['1234567890123456789', '1234567890123456790']);
  });

  it('a number that is not whole, or was rounded already, is refused as an id', async () => {
    const path = join(scratch, 'rounded.jsonl');
    for (const id of ['1.5', '1.234567890123456789e18']) {
      await writeFile(path, `{"id": ${id}, "text": "a"}\n`);
      await expect(collectRecords(textSource(openRows(path)))).rejects.toMatchObject({
        fault: 'unsafe-number',
        message: expect.stringContaining('Write it as a string'),
      });
    }
  });
});

describe('tables without rows', () => {
  it.each(['empty.jsonl', 'empty.json', 'empty.csv', 'empty.parquet', 'empty.feather', 'empty-saved'])(
    '%s',
    async (name) => {
      expect(await collectRecords(textSource(openRows(fixture(`formats/${name}`))))).toEqual([]);
    },
  );

  it('row groups without rows', async () => {
    const pairs = (name: string) =>
      collectRecords(comparisonSource(openRows(fixture(`cases/text-${name}.parquet`))));
    expect(await pairs('empty')).toEqual([]);
    expect(await pairs('emptygroup')).toHaveLength(6);
  });
});

describe('what a name stands for', () => {
  it('is what is on disk, whatever it is called', async () => {
    const start = process.cwd();
    process.chdir(scratch);
    try {
      await mkdir('owner', { recursive: true });
      await copyFile(fixture('formats/rows.csv'), 'owner/name.csv');
      await copyFile(fixture('formats/rows.jsonl'), 'owner/name');
      for (const name of ['owner/name', 'owner/name.csv']) {
        expect(await collectRecords(textSource(openRows(name)))).toHaveLength(4);
      }
      // Nothing of these is looked for on the Hub.
      for (const name of ['owner/other', './a', '/no/where', 'a.jsonl', 'x/y.parquet', 'a/b/c', '~/a']) {
        expect(() => openRows(name)).toThrow(
          expect.objectContaining({
            code: 'unknown-source',
            exit: 'usage',
            message: expect.stringContaining(`There is no file or folder ${name}`),
          }),
        );
      }
      expect(openRows('someone/something').name).toBe('someone/something');
      expect(openRows('someone/something:train_prefs').name).toBe('someone/something:train_prefs');
      expect(() => openRows('someone/something:train', { split: 'test' })).toThrow(
        /names the split train, and test is asked for/,
      );
      expect(() => openRows('a/b/c:train')).toThrow(/There is no file or folder a\/b\/c/);
      expect(() => openRows('nothing')).toThrow(/There is no source "nothing"/);
      expect(() => openRows('owner')).toThrow(/written neither by.*Name a file in it: name\.csv/s);
      await mkdir('begun/parts', { recursive: true });
      await writeFile('begun/parts/settings.json', '{}');
      expect(() => openRows('begun')).toThrow(/begun holds a data set whose preparation was interrupted/);
      await mkdir('prepared/tokenizer', { recursive: true });
      await writeFile('prepared/manifest.json', '{}');
      expect(() => openRows('prepared')).toThrow(/prepared holds a data set that ais data build prepared/);
    } finally {
      process.chdir(start);
    }
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['sheet.xlsx', 'PK\x03\x04rest', /is a ZIP archive or a spreadsheet\. Export it as CSV/],
    ['old.feather.bin', 'FEA1rest', /Feather version 1/],
    ['rows.db', 'SQLite format 3\0', /SQLite/],
    ['wide.csv', Uint8Array.of(0xff, 0xfe, 0x61, 0), /is UTF-16\. Save it as UTF-8/],
    [
      'notes.txt',
      'Just some notes.\n',
      /neither JSON nor a table.*rename it to \.csv or \.jsonl.*--format csv/,
    ],
    ['one.json', '{\n  "rows": []\n}\n', /is one JSON object; expected an array/],
  ])('is told apart by what is in it: %s', async (name, content, message) => {
    const path = join(scratch, name);
    await writeFile(path, content);
    await expect(collectRecords(textSource(openRows(path)))).rejects.toMatchObject({
      code: 'unsupported-format',
      message: expect.stringMatching(message),
    });
  });

  it('takes the format by hand', async () => {
    const path = join(scratch, 'list.txt');
    await writeFile(path, 'text\nOne.\n"Two, ""three""."\n');
    const records = await collectRecords(textSource(openRows(path, { format: 'csv' })));
    expect(records.map(({ response }) => response)).toEqual(['One.', 'Two, "three".']);
    expect(() => openRows(path, { format: 'xml' as 'csv' })).toThrow(/no format "xml"\. Use jsonl, json/);
  });
});

describe('faults', () => {
  const read = async (name: string, content: string | Uint8Array, options: OpenRowsOptions = {}) => {
    const path = join(scratch, name);
    await writeFile(path, content);
    const report = createReadReport();
    const source = textSource(openRows(path, options));
    const error = await collectRecords(source).then(
      () => undefined,
      (caught: Error) => caught.message.replace(path, name),
    );
    const reading = collectRecords(source, { onError: 'skip', report });
    const texts = await reading.then(
      (records) => records.map(({ response }) => response),
      () => undefined,
    );
    return { error, texts, faults: report.faults };
  };

  it.each<[string, string, RegExp, string[], object]>([
    [
      'too many values',
      'id,text\n1,a\n2,b,c\n3,d\n',
      /a\.csv, line 3: expected 2 values as in the first line, got 3/,
      ['a', 'd'],
      { 'not-csv': 1 },
    ],
    [
      'a quote inside of a value',
      'id,text\n1,a\n2,5" wide\n3,c\n',
      /line 3: value 2 has a quote in it/,
      ['a', 'c'],
      { 'not-csv': 1 },
    ],
    [
      'something behind a quote',
      'id,text\n1,"a"b\n2,"c\nd"\n',
      /line 2: something follows the closing quote of value 2/,
      ['c\nd'],
      { 'not-csv': 1 },
    ],
    [
      'a quote that is never closed',
      'id,text\n1,a\n2,"b\n3,"c"\n4,d\n',
      /line 3: the quote that opens value 2 is never closed/,
      ['a', 'c', 'd'],
      { 'not-csv': 1 },
    ],
    [
      'two values with an inch mark',
      `id,text\n1,a\n2,5" wide\n${Array.from({ length: 699 }, (_, at) => `n${at},b\n`).join('')}3,6" high\n4,c\n`,
      /line 3: value 2 has a quote in it/,
      ['a', ...Array.from({ length: 699 }, () => 'b'), 'c'],
      { 'not-csv': 2 },
    ],
    ['an empty field', 'id,text\n,a\n\n2,b\n', /^$/, ['a', 'b'], {}],
  ])('CSV with %s', async (_, content, message, texts, faults) => {
    const read_ = await read('a.csv', content);
    if (String(message) !== '/^$/') expect(read_.error).toMatch(message);
    expect(read_).toMatchObject({ texts, faults });
  });

  it('CSV with bytes that are no UTF-8, in one row', async () => {
    const bytes = Buffer.concat([
      Buffer.from('id,text\n1,a\n2,'),
      Buffer.from([0xff]),
      Buffer.from('\n3,c\n'),
    ]);
    expect(await read('a.csv', bytes)).toMatchObject({
      error: expect.stringContaining('a.csv, line 3: this is not UTF-8'),
      texts: ['a', 'c'],
      faults: { 'not-utf8': 1 },
    });
  });

  it('CSV whose header has spaces around names, or a carriage return', async () => {
    expect(await read('a.csv', 'id, text \n1,a\n')).toMatchObject({ error: undefined, texts: ['a'] });
    expect((await read('a.csv', 'id,text\r1,a\r2,b\r')).error).toMatch(
      /a\.csv: the first line does not name the columns: it has a carriage return in it\. Lines must end with/,
    );
  });

  it('CSV whose header names a column twice, or is no header', async () => {
    expect((await read('a.csv', 'text,text\na,b\n')).error).toMatch(/names the column "text" twice/);
    expect((await read('a.csv', 'Some text.,1\nOther text.,2\n')).error).toMatch(
      /expected the columns .*; found "Some text\.", "1"/,
    );
  });

  it('a JSON array that is cut off, has something wrong in it, or is followed by something', async () => {
    const good = '{"id": 1, "text": "a, [b] \\"c\\" {"}';
    expect(await read('a.json', `[${good}, {"id": 2, "text": 3}, {"id":}, {"id": 4, "text": "d"}`)).toEqual({
      error: expect.stringMatching(/a\.json, row 2, field "text": expected a string, got a number/),
      texts: ['a, [b] "c" {'],
      faults: { 'wrong-type': 1, 'not-json': 1, 'truncated-file': 1 },
    });
    expect(await read('a.json', `[${good}, 7]`)).toMatchObject({
      error: expect.stringMatching(/row 2: this is not a JSON object/),
      faults: { 'not-an-object': 1 },
    });
    expect((await read('a.json', `[${good}`)).error).toMatch(/is cut off: its array does not end/);
    expect((await read('a.json', `[${good}] x`)).error).toMatch(/something follows the array/);
    expect((await read('a.json', `[${good},]`)).error).toMatch(/row 2: this is not JSON/);
  });

  it('an Arrow file that is cut off, or text in it that is no UTF-8', async () => {
    const bytes = await readFile(fixture('formats/rows.feather'));
    expect((await read('a.feather', bytes.subarray(0, 900))).error).toMatch(/is damaged/);
    const at = bytes.indexOf('Rayleigh');
    expect(at).toBeGreaterThan(0);
    bytes[at] = 0xff;
    expect(await read('a.feather', bytes)).toMatchObject({
      error: expect.stringMatching(/row 1, field "answer": is not UTF-8/),
      faults: { 'not-utf8': 1 },
    });
  });

  it('an Arrow file that says it has more than there is room for', async () => {
    const {
      Field,
      List,
      makeData,
      Null,
      RecordBatch,
      RecordBatchStreamWriter,
      Schema,
      Struct,
      Utf8,
      vectorFromArray,
    } = await import('apache-arrow');
    // A list of nulls takes no room, however long it says it is.
    const nulls = makeData({
      type: new List(new Field('item', new Null(), true)),
      length: 1,
      nullCount: 0,
      valueOffsets: Int32Array.from([0, 2 ** 30]),
      child: makeData({ type: new Null(), length: 2 ** 30 }),
    });
    const [text] = vectorFromArray(['a'], new Utf8()).data;
    const fields = [new Field('text', new Utf8(), true), new Field('nulls', nulls.type, true)];
    const stream = (length: number): Uint8Array =>
      RecordBatchStreamWriter.writeAll([
        new RecordBatch(
          new Schema(fields),
          makeData({ type: new Struct(fields), length, nullCount: 0, children: [text!, nulls] }),
        ),
      ]).toUint8Array(true);
    const readAll = async (bytes: Uint8Array): Promise<void> => {
      await writeFile(join(scratch, 'a.arrow'), bytes);
      for await (const _ of openRows(join(scratch, 'a.arrow')).rows(readFaults())) {
        // Every column is read.
      }
    };
    await expect(readAll(stream(1))).rejects.toThrow(/a row has more than 16777216 list items/);
    await expect(readAll(stream(2 ** 30))).rejects.toThrow(/is damaged/);
    // The index of a batch that has 16 million columns: the library would make an object of each.
    const bytes = await readFile(fixture('formats/rows-stream.arrow'));
    bytes.writeInt32LE(0x00ffffff, 2084);
    await expect(readAll(bytes)).rejects.toThrow(/is damaged/);
  });

  it('rows longer than the limit are never held', async () => {
    const long = 'x'.repeat((1 << 24) + 1);
    expect(await read('a.csv', `id,text\n1,${long}\n2,"${long}\n"\n3,c\n`)).toMatchObject({
      texts: ['c'],
      faults: { 'line-too-long': 2 },
    });
    expect(await read('a.json', `[{"text": "${long}"}, {"text": "b"}]`)).toMatchObject({
      texts: ['b'],
      faults: { 'line-too-long': 1 },
    });
  });
});
