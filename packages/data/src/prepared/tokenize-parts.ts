import { nodeBuiltin, sha256, sha256OfFile, writeWhole } from '@ais/runtime/files';
import type { DataErrorPlace } from '../errors.js';
import { KnownIds } from '../records/known-ids.js';
import { createReadReport, type ReadReport } from '../records/read-report.js';
import type { ComparisonRecord, Source, TextRecord } from '../records/record.js';
import { repeatedId, requireRecord } from '../records/require-record.js';
import { requireRecords } from '../records/require-records.js';
import { withRoom } from '../records/with-room.js';
import type { PartWorkers } from './part-workers.js';
import type { PartReport } from './prepare-part.js';
import type { PreparationSettings } from './prepared-manifest.js';

/** A part ends after this many records, or with the record that takes it beyond this many bytes. */
const PART_RECORDS = 2048;
const PART_BYTES = 1 << 23;

export interface TokenizePartsOptions {
  readonly source: Source<TextRecord> | Source<ComparisonRecord>;
  readonly settings: Pick<PreparationSettings, 'kind' | 'onError' | 'limit'>;
  /** Where the parts go. */
  readonly directory: string;
  readonly workers: PartWorkers;
  readonly signal: AbortSignal | undefined;
  /** How many records are done, and how many of them were taken over from an interrupted run. */
  onRecords(done: number, resumed: number): void;
}

/** What came of tokenizing a source. */
export interface TokenizedParts {
  /** How many parts there are. */
  readonly parts: number;
  /** What the source met. */
  readonly report: ReadReport;
  /** Of all records, one JSON object a line. */
  readonly sha256: string;
}

/** The file of a part: its rows as Arrow, or what is known about it as JSON. */
export const partPath = (directory: string, index: number, extension: 'arrow' | 'json'): string =>
  `${directory}/${String(index).padStart(6, '0')}.${extension}`;

/** What is stored of a part that is done: it is taken over where its records and its file are the same. */
interface StoredPart extends PartReport {
  /** SHA-256 of the records. */
  readonly input: string;
}

/**
 * Tokenizes a source part by part, each to a file of its own, as many parts at once as there are workers.
 *
 * A part counts as done when its JSON file is there, which is written last.
 */
export async function tokenizeParts(options: TokenizePartsOptions): Promise<TokenizedParts> {
  const { directory, workers, signal } = options;
  const { createHash } = nodeBuiltin('node:crypto', 'prepareDataset');
  const report = createReadReport();
  const all = createHash('sha256');
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let parts = 0;
  let done = 0;
  let resumed = 0;

  const finish = (records: number): void => {
    done += records;
    options.onRecords(done, resumed);
  };
  const tokenize = async (index: number, { records, lines, places }: Chunk): Promise<void> => {
    const input = sha256(lines);
    if (await isStored(directory, index, input)) {
      resumed += records;
      finish(records);
      return;
    }
    const job = await workers.start({ lines, places, path: partPath(directory, index, 'arrow') });
    const settled: Promise<void> = job.done
      .then(async (part) => {
        const description = JSON.stringify({ input, ...part });
        await writeWhole(partPath(directory, index, 'json'), description, { flush: false });
        finish(records);
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(settled));
    running.add(settled);
  };

  try {
    for await (const chunk of chunks(options, report)) {
      all.update(chunk.lines);
      await tokenize(parts++, chunk);
      if (failure || signal?.aborted) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure) throw failure.error;
  signal?.throwIfAborted();
  return { parts, report, sha256: all.digest('hex') };
}

interface Chunk {
  readonly records: number;
  /** One JSON object a line. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Where each record is from. */
  readonly places: readonly (DataErrorPlace | undefined)[];
}

async function* chunks(
  { source, settings: { kind, onError, limit } }: TokenizePartsOptions,
  report: ReadReport,
): AsyncGenerator<Chunk> {
  const encoder = new TextEncoder();
  // Records are kept as bytes alone: as objects, thousands would live long enough to be moved to where the engine
  // seldom looks for what is no longer needed.
  let bytes = new Uint8Array(0);
  let length = 0;
  let records = 0;
  let places: (DataErrorPlace | undefined)[] = [];
  const take = (): Chunk => {
    const chunk = { records, lines: bytes.slice(0, length), places };
    length = records = 0;
    places = [];
    return chunk;
  };
  let count = 0;
  if (limit !== 0) {
    const ids = new KnownIds();
    for await (const record of requireRecords<TextRecord | ComparisonRecord>(source, { onError, report })) {
      const at = { owner: `the source ${source.name}`, number: count + 1 };
      requireRecord(record, kind, at);
      // Sources of rows, whose records know their place, have seen to their ids themselves.
      const first = record.place === undefined ? ids.add(record.id, count + 1) : 0;
      if (first > 0) throw repeatedId(record.id, first, at);
      const { place, ...content } = record;
      const line = `${JSON.stringify(content)}\n`;
      places.push(place);
      bytes = withRoom(bytes, length + 3 * line.length);
      length += encoder.encodeInto(line, bytes.subarray(length)).written;
      records++;
      count++;
      if (records === PART_RECORDS || length >= PART_BYTES) yield take();
      if (count === limit) break;
    }
  }
  if (records > 0) yield take();
  // Sources may leave the counting to others.
  report.records = count;
}

/** What is stored of a part that is done. */
export async function storedPart(directory: string, index: number): Promise<StoredPart> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'prepareDataset');
  return JSON.parse(await readFile(partPath(directory, index, 'json'), 'utf8')) as StoredPart;
}

/** Whether a part of these records is done. */
async function isStored(directory: string, index: number, input: string): Promise<boolean> {
  try {
    const stored = await storedPart(directory, index);
    return (
      stored.input === input && stored.sha256 === (await sha256OfFile(partPath(directory, index, 'arrow')))
    );
  } catch {
    // Not there, or not whole: it is tokenized again.
    return false;
  }
}
