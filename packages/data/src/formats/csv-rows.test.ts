import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collectRecords } from '../records/collect-records.js';
import { textSource } from '../sources/text-source.js';
import { type CsvRowsOptions, csvRows } from './csv-rows.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-csv-'));
});
afterAll(() => rm(scratch, { recursive: true }));

it.each<[string, string, CsvRowsOptions]>([
  ['as Excel has it', 'sep=;\r\nquestion;answer\r\n"a;b";"c, d, e"\r\n', {}],
  ['behind a byte-order mark', '\ufeffsep=;\nquestion;answer\na;b;"c, d, e"\n'.replace('a;b', '"a;b"'), {}],
  ['that the header has less often', 'sep=;\nquestion;answer;"x,y,z,"\n"a;b";c, d, e;\n', {}],
  ['and another one by hand', 'sep=,\nquestion;answer\n"a;b";c, d, e\n', { delimiter: ';' }],
])('takes the delimiter of a first line sep=, %s', async (_, text, options) => {
  const path = join(scratch, 'rows.csv');
  await writeFile(path, text);
  const [record] = await collectRecords(textSource(csvRows(path, options)));
  expect(record).toMatchObject({ id: '1', prompt: 'Question: a;b\nAnswer:', response: ' c, d, e' });
});

it('takes it for a value elsewhere', async () => {
  const path = join(scratch, 'rows.csv');
  await writeFile(path, 'question,answer\nsep=;,b\n');
  expect(await collectRecords(textSource(csvRows(path)))).toMatchObject([
    { prompt: 'Question: sep=;\nAnswer:' },
  ]);
});
