import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordFault } from '../src/errors.js';
import { jsonlRows } from '../src/formats/jsonl-rows.js';
import { openRows } from '../src/formats/open-rows.js';
import { parquetRows } from '../src/formats/parquet-rows.js';
import { collectRecords } from '../src/records/collect-records.js';
import { createReadReport } from '../src/records/read-report.js';
import type { RowSource } from '../src/records/row.js';
import { sampleSource } from '../src/sources/sample-source.js';
import { textSource } from '../src/sources/text-source.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-bad-input-'));
});
afterAll(() => rm(scratch, { recursive: true }));

const post = (id: string, fields: object = {}) => ({
  id,
  subreddit: 'cooking',
  title: 'Soup',
  post: 'I made soup.',
  summary: 'Made soup.',
  ...fields,
});
const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Reads with faults left out, and says what was given and what was not. */
async function skipping(rows: RowSource) {
  const report = createReadReport();
  const records = await collectRecords(textSource(rows), { onError: 'skip', report });
  return { ids: records.map(({ id }) => id), report };
}

describe('a line of 100 MB', () => {
  const MEGABYTES = 100;
  it('is passed over without being held, and counted', async () => {
    const path = join(scratch, 'long.jsonl.gz');
    const megabyte = 'x'.repeat(1_000_000);
    const [before, after] = [lines([post('a')]), lines([post('b')])];
    function* file() {
      yield `${before}{"id": "long", "post": "`;
      for (let count = 0; count < MEGABYTES; count++) yield megabyte;
      yield `"}\n${after}`;
    }
    await pipeline(Readable.from(file()), createGzip({ level: 1 }), createWriteStream(path));
    const peak = process.resourceUsage().maxRSS;
    const stop = collectRecords(textSource(jsonlRows(path)));
    await expect(stop).rejects.toMatchObject({ fault: 'line-too-long', place: { file: path, line: 2 } });
    const { ids, report } = await skipping(jsonlRows(path));
    expect(ids).toEqual(['a', 'b']);
    expect(report).toMatchObject({ records: 2, skipped: 1, faults: { 'line-too-long': 1 } });
    expect(report.examples[0]?.message).toMatch(/line 2: it has 1000000\d\d bytes.*maxLineBytes/);
    // Kilobytes.
    expect(process.resourceUsage().maxRSS - peak).toBeLessThan((MEGABYTES * 1000) / 2);
  });
});

describe('files that are cut off or damaged', () => {
  const fixture = (name: string) => readFile(new URL(`../fixtures/sources/${name}`, import.meta.url));
  const kinds = ['posts.jsonl.gz', 'posts.jsonl.zst', 'posts-datasets.parquet', 'posts-zstd-v2.parquet'];

  it.each(kinds)('%s, cut off', async (name) => {
    const bytes = await fixture(name);
    for (const end of [bytes.length - 1, bytes.length >> 1, 8]) {
      const path = join(scratch, name);
      await writeFile(path, bytes.subarray(0, end));
      const cut = { fault: 'truncated-file', place: { file: path } };
      await expect(collectRecords(textSource(openRows(path)))).rejects.toMatchObject(cut);
    }
  });

  it.each(['posts.jsonl.gz', 'posts.jsonl.zst'])('%s, cut off, is counted where faults are', async (name) => {
    const bytes = await fixture(name);
    const path = join(scratch, name);
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
    const { report } = await skipping(jsonlRows(path));
    expect(report.faults).toMatchObject({ 'truncated-file': 1 });
  });

  it.each(kinds.slice(0, 2))('%s, with one bit flipped in the middle', async (name) => {
    const bytes = await fixture(name);
    const path = join(scratch, name);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 4;
    await writeFile(path, bytes);
    const damaged = { fault: 'damaged-file', place: { file: path } };
    await expect(collectRecords(textSource(jsonlRows(path)))).rejects.toMatchObject(damaged);
    // No checksum has confirmed what came before: there is nothing to continue with.
    await expect(skipping(jsonlRows(path))).rejects.toMatchObject(damaged);
  });

  it('Parquet, with one bit flipped in a page that has a checksum', async () => {
    const bytes = await fixture('tldr-3-filtered.parquet');
    const path = join(scratch, 'flipped.parquet');
    const within = bytes.indexOf('I made soup');
    expect(within).toBeGreaterThan(0);
    bytes[within] = (bytes[within] ?? 0) ^ 4;
    await writeFile(path, bytes);
    await expect(collectRecords(textSource(parquetRows(path)))).rejects.toMatchObject({
      fault: 'damaged-file',
      message: expect.stringMatching(/flipped\.parquet is damaged \(.*checksum/i),
    });
  });
});

describe('scores that are no numbers', () => {
  const sample = (score: unknown) => ({ prompt: 'Post. TL;DR:', response: ' Soup.', score });

  it.each<[string, string, RecordFault, string | undefined]>([
    ['NaN, which is no JSON', '{"prompt": "p", "response": "r", "score": NaN}', 'not-json', undefined],
    ['a number too large', '{"prompt": "p", "response": "r", "score": 1e999}', 'not-a-number', 'score'],
    ['NaN as a word', JSON.stringify(sample('NaN')), 'wrong-type', 'score'],
    ['null', JSON.stringify(sample(null)), 'missing-field', 'score'],
  ])('JSONL: %s', async (_, line, fault, field) => {
    const path = join(scratch, 'scores.jsonl');
    await writeFile(path, `${lines([sample(1)])}${line}\n${lines([sample(2)])}`);
    const source = sampleSource(jsonlRows(path));
    const place = { file: path, line: 2, ...(field === undefined ? {} : { field }) };
    await expect(collectRecords(source)).rejects.toMatchObject({ code: 'invalid-record', fault, place });
    const report = createReadReport();
    const read = await collectRecords(source, { onError: 'skip', report });
    expect(read.map(({ score }) => score)).toEqual([1, 2]);
    expect(report).toMatchObject({ records: 2, skipped: 1, faults: { [fault]: 1 } });
  });

  it('Parquet: NaN', async () => {
    const path = join(scratch, 'scores.parquet');
    const texts = (name: string) => ({ name, data: ['a', 'b', 'c'], type: 'STRING' as const });
    const columnData = [
      ...['prompt', 'response'].map(texts),
      { name: 'score', data: [0.5, Number.NaN, 1.5], type: 'DOUBLE' as const },
    ];
    const writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: schemaFromColumnData({ columnData }),
    });
    await writer.write({ columnData });
    await writer.finish();
    const source = sampleSource(parquetRows(path));
    await expect(collectRecords(source)).rejects.toMatchObject({
      fault: 'not-a-number',
      place: { file: path, row: 2, field: 'score' },
      message: expect.stringContaining('expected a finite number, got NaN'),
    });
    const report = createReadReport();
    const read = await collectRecords(source, { onError: 'skip', report });
    expect(read.map(({ score }) => score)).toEqual([0.5, 1.5]);
    expect(report.faults).toEqual({ 'not-a-number': 1 });
  });
});

describe('an id that several shards have', () => {
  const shards = async (): Promise<RowSource & { readonly paths: readonly string[] }> => {
    const paths = ['1', '2', '3'].map((shard) => join(scratch, `shard-${shard}.jsonl`));
    const contents = [['a', 'b', 'c'], ['d'], ['e', 'b', 'e']];
    for (const [index, path] of paths.entries()) {
      await writeFile(path, lines(contents[index]!.map((id) => post(id))));
    }
    return {
      name: 'shards',
      paths,
      async *rows(faults) {
        for (const path of paths) yield* jsonlRows(path).rows(faults);
      },
    };
  };

  it('is reported with both places, and the first record is kept', async () => {
    const source = await shards();
    const [first, , third] = source.paths;
    const reading = collectRecords(textSource(source));
    await expect(reading).rejects.toMatchObject({
      fault: 'duplicate-id',
      place: { file: third, line: 2, field: 'id' },
      message: expect.stringContaining(`"b" is the id of line 2 of ${first} too`),
    });
    const { ids, report } = await skipping(source);
    expect(ids).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(report).toMatchObject({ skipped: 2, faults: { 'duplicate-id': 2 } });
    expect(report.examples[1]?.message).toContain('"e" is the id of line 1 too');
  });
});

describe('skipped rows', () => {
  it('are counted by what is wrong, ten of them kept to be looked at', async () => {
    const path = join(scratch, 'mixed.jsonl');
    const faulty = [
      lines([post('a'), post('a'), post('b', { post: 7 }), post('c', { summary: undefined })]),
      lines([post('d', { title: '\uD83D' }), post('e', { post: ' ' }), [], 7]),
      '{"id": \n\n',
      lines([post('f')]),
      '{\n'.repeat(5),
      lines([post('g')]),
    ].join('');
    await writeFile(path, Buffer.concat([Buffer.from(faulty), Buffer.from([0x7b, 0xff, 0x7d, 0x0a])]));
    const { ids, report } = await skipping(jsonlRows(path));
    expect(ids).toEqual(['a', 'f', 'g']);
    expect(report).toMatchObject({
      records: 3,
      skipped: 15,
      faults: {
        'duplicate-id': 1,
        'wrong-type': 1,
        'missing-field': 1,
        'lone-surrogate': 1,
        'empty-field': 1,
        'not-an-object': 2,
        'not-json': 6,
        'empty-line': 1,
        'not-utf8': 1,
      },
    });
    expect(report.examples).toHaveLength(10);
    expect(report.examples.every(({ place }) => place.file === path && (place.line ?? 0) > 1)).toBe(true);
  });
});
