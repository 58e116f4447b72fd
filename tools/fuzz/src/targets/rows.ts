import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { collectRecords, createReadReport, type TextRecord, textSource } from '@ais/data';
import {
  arrowRows,
  csvRows,
  fileRows,
  jsonlRows,
  jsonRows,
  parquetRows,
  type RowSource,
  savedDatasetRows,
} from '@ais/data/formats';
import { filesTarget } from '../files-target.js';
import { fileSeeds, filesIn, fixturesOf } from '../fixtures.js';
import { type PagesOf, protectedPages } from '../protected-pages.js';
import type { Files, FuzzTarget, GivenCase } from '../target.js';

/** A value other than what was stored, read without a complaint although a checksum covers what was changed. */
class WrongValue extends Error {}

interface RowsTarget {
  readonly name: string;
  readonly share: number;
  readonly seeds: readonly string[];
  readonly rows: (path: string) => RowSource;
  /** Whether a checksum covers all that was changed. */
  readonly isCovered?: (seed: Uint8Array, changed: Uint8Array) => boolean;
}

const folder = fixturesOf('@ais/data');

/** Files of records in one format: what is read is what was stored, or nothing covers what was changed. */
function rowsTarget({ name, share, seeds, rows, isCovered = () => false }: RowsTarget): FuzzTarget {
  let stored: Promise<{ files: readonly Files[]; records: readonly (readonly TextRecord[])[] }> | undefined;
  const store = () => {
    stored ??= (async () => ({
      files: await fileSeeds(folder, seeds),
      records: await Promise.all(seeds.map((seed) => collectRecords(textSource(rows(join(folder, seed)))))),
    }))();
    return stored;
  };
  return filesTarget({
    name,
    share,
    structured: /\.(jsonl|json)$/.test(seeds[0] ?? '') ? 0.3 : 0,
    seeds: async () => (await store()).files,
    async read(directory, { base, files }) {
      const [[file, content] = ['', new Uint8Array()]] = files;
      const path = join(directory, file);
      const { files: whole, records } = await store();
      // A reader that skips must get through as well, except where a damaged file stops the reading either way. One file in four
      // is read so.
      if (content.length % 4 === 0) return readSkipping(rows(path));
      const read = await collectRecords(textSource(rows(path)));
      if (isDeepStrictEqual(read, records[base])) return;
      const seed = whole[base]?.get(file);
      if (seed && isCovered(seed, content)) throw new WrongValue(JSON.stringify(read).slice(0, 300));
    },
  });
}

async function readSkipping(rows: RowSource): Promise<void> {
  await collectRecords(textSource(rows), { onError: 'skip', report: createReadReport() });
}

const pages = new WeakMap<Uint8Array, PagesOf>();

/** Only the seeds whose writer stored page checksums, and only changes within the pages' own bytes. */
function onlyPagesChanged(seed: Uint8Array, changed: Uint8Array): boolean {
  if (seed.length !== changed.length) return false;
  const own = pages.get(seed) ?? protectedPages(seed);
  pages.set(seed, own);
  return seed.every(
    (byte, index) => byte === changed[index] || own.some(([start, end]) => index >= start && index < end),
  );
}

const PARQUET = [
  'sources/tldr-3-filtered.parquet',
  'sources/tldr-3-filtered-oai-preprocessing.parquet',
  ...['none', 'snappy', 'gzip', 'zstd', 'brotli'].flatMap((codec) => [
    `sources/posts-${codec}-v1.parquet`,
    `sources/posts-${codec}-v2.parquet`,
  ]),
];
const ARROW = ['.feather', '-lz4.feather', '-zstd.feather', '-stream.arrow', '-dictionary.feather'];
/** Any of these may be what a file turns out to hold. */
const ANY = [
  'rows-no-extension',
  'rows.txt',
  'rows.ndjson',
  'rows-array.json.gz',
  'rows-lines.json',
  'rows.csv.gz',
];

/** Records in every format of files. */
export const rowsTargets: readonly FuzzTarget[] = [
  rowsTarget({ name: 'jsonl', share: 8, seeds: ['sources/tldr-3-filtered.jsonl'], rows: jsonlRows }),
  // The checksum is over all that there is in a member or a frame.
  rowsTarget({
    name: 'gz',
    share: 5,
    seeds: ['sources/posts.jsonl.gz'],
    rows: jsonlRows,
    isCovered: () => true,
  }),
  rowsTarget({
    name: 'zst',
    share: 4,
    seeds: ['sources/posts.jsonl.zst'],
    rows: jsonlRows,
    isCovered: () => true,
  }),
  rowsTarget({
    name: 'parquet',
    share: 3,
    seeds: PARQUET,
    rows: parquetRows,
    isCovered: onlyPagesChanged,
  }),
  rowsTarget({
    name: 'json',
    share: 5,
    seeds: ['formats/rows.json', 'formats/rows-bom.json'],
    rows: jsonRows,
  }),
  rowsTarget({
    name: 'csv',
    share: 7,
    rows: csvRows,
    seeds: ['formats/rows.csv', 'formats/rows-pandas.csv', 'formats/rows.tsv'],
  }),
  rowsTarget({
    name: 'arrow',
    share: 2,
    seeds: ARROW.map((end) => `formats/rows${end}`),
    rows: arrowRows,
  }),
  rowsTarget({ name: 'any-format', share: 4, seeds: ANY.map((name) => `formats/${name}`), rows: fileRows }),
  filesTarget({
    name: 'saved-dataset',
    share: 1,
    seeds: () =>
      Promise.all(['saved', 'saved-dictionary'].map((name) => filesIn(join(folder, 'formats', name)))),
    read: (directory: string, _: GivenCase) => collectRecords(textSource(savedDatasetRows(directory))),
  }),
];
