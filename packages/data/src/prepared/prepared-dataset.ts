import { nodeBuiltin, readText, sha256OfFile } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { ArrowFile } from '../formats/arrow-file.js';
import type { Columns } from '../formats/stored-columns.js';
import { plainNumbers } from '../formats/stored-columns.js';
import { StoredRows } from '../formats/stored-rows.js';
import type { Examples } from '../records/examples.js';
import { isObject } from '../records/is-object.js';
import type { ComparisonRecord, RecordKind, TextRecord } from '../records/record.js';
import type { TokenizedComparison } from '../tokenize/tokenize-comparison.js';
import type { TokenizedRecord } from '../tokenize/tokenize-record.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import {
  MANIFEST,
  PREPARED_COLUMNS,
  PREPARED_FORMAT_VERSION,
  type PreparedManifest,
} from './prepared-manifest.js';

interface Kinds {
  text: { record: TextRecord; example: TokenizedRecord };
  comparisons: { record: ComparisonRecord; example: TokenizedComparison };
}

/** A record as it was read, and its tokens. */
export interface PreparedRow<Kind extends RecordKind = RecordKind> {
  readonly record: Kinds[Kind]['record'];
  readonly example: Kinds[Kind]['example'];
}

/** One split of a prepared set. */
export interface PreparedSplit<Kind extends RecordKind = RecordKind> {
  readonly records: number;
  /** Records and tokens in the order of the file, a thousand in memory at a time. */
  rows(): AsyncGenerator<PreparedRow<Kind>>;
  /** All examples, tokens only. */
  examples(): Promise<Kinds[Kind]['example'][]>;
  /**
   * The same examples, left in the file: each is read when it is asked for, in any order, so that memory does not grow with their number.
   * The file must stay as it is meanwhile; if it does not, the next reading is an error.
   */
  storedExamples(): Promise<Examples<Kinds[Kind]['example'] & { readonly family?: string }>>;
  /** The records of the examples, left in the file too. */
  storedRecords(): Promise<Examples<Kinds[Kind]['record']>>;
}

/** A prepared set that was opened. */
export interface PreparedDataset<Kind extends RecordKind = RecordKind> {
  readonly manifest: PreparedManifest;
  /** @throws {DataError} `invalid-option` if there is no such split */
  split(name: string): PreparedSplit<Kind>;
  /** The tokenizer that the tokens are of. */
  tokenizer(): Promise<Tokenizer>;
}

/**
 * Opens a folder that `prepareDataset` wrote.
 *
 * Every file is held against its SHA-256 in the manifest first: damaged tokens would be trained on silently.
 *
 * @param directory the folder
 * @param options `kind`: what it must hold; `verify`: false to trust the files
 * @returns manifest, splits and tokenizer
 * @throws {DataError} `invalid-prepared-data` if this is not a prepared set, is of another version or kind, or is damaged
 * @example
 * const { manifest, split } = await openPreparedDataset('prepared/synthetic', { kind: 'text' });
 * for await (const { record, example } of split('test').rows()) console.log(record.response, example.prompt.length);
 */
export async function openPreparedDataset<Kind extends RecordKind = RecordKind>(
  directory: string,
  { kind, verify = true }: { kind?: Kind; verify?: boolean } = {},
): Promise<PreparedDataset<Kind>> {
  const { join } = nodeBuiltin('node:path', 'openPreparedDataset');
  const manifest = await readPreparedManifest(directory);
  if (kind !== undefined && manifest.settings.kind !== kind) {
    throw invalid(directory, `holds ${manifest.settings.kind}, not ${kind}`);
  }
  if (verify) {
    for (const { file, sha256 } of Object.values(manifest.splits)) {
      const found = await sha256OfFile(join(directory, file)).catch((cause: Error) => {
        throw invalid(join(directory, file), `cannot be read: ${cause.message}`, cause);
      });
      if (found !== sha256)
        throw invalid(join(directory, file), 'is not as it was written: its SHA-256 differs');
    }
  }
  return {
    manifest,
    split: (name) => {
      const described = manifest.splits[name];
      if (described === undefined) {
        const names = Object.keys(manifest.splits).join(', ');
        throw new DataError('invalid-option', `${directory} has no split ${name}; it has ${names}.`);
      }
      return openSplit(join(directory, described.file), manifest.settings.kind as Kind, described.records);
    },
    tokenizer: () => loadTokenizer(join(directory, 'tokenizer')),
  };
}

/**
 * The manifest of a prepared set.
 *
 * @throws {DataError} `invalid-prepared-data`
 * @example
 * const { splits } = await readPreparedManifest('prepared/synthetic');
 * console.log('train' in splits); // true
 */
export async function readPreparedManifest(directory: string): Promise<PreparedManifest> {
  const path = `${directory}/${MANIFEST}`;
  let manifest: Partial<PreparedManifest> | null;
  try {
    manifest = JSON.parse(await readText(path));
  } catch (cause) {
    throw invalid(directory, `holds no prepared data set: ${(cause as Error).message}`, cause);
  }
  if (manifest?.format !== 'ais-prepared-data')
    throw invalid(path, 'is not the manifest of a prepared data set');
  if (manifest.formatVersion !== PREPARED_FORMAT_VERSION) {
    throw invalid(
      path,
      `has version ${manifest.formatVersion}, and this release reads ${PREPARED_FORMAT_VERSION}`,
    );
  }
  const { settings, splits } = manifest;
  if (!isObject(settings) || !Object.hasOwn(PREPARED_COLUMNS, settings.kind) || !isObject(splits))
    throw invalid(path, 'is damaged');
  for (const split of Object.values(splits))
    if (!isObject(split) || typeof split.file !== 'string' || !isPlainName(split.file))
      throw invalid(path, 'is damaged');
  return manifest as PreparedManifest;
}

/** Whether a name stays in its folder. */
function isPlainName(name: string): boolean {
  return /^[^/\\\0]+$/.test(name) && name !== '..';
}

function invalid(path: string, what: string, cause?: unknown): DataError {
  return new DataError('invalid-prepared-data', `${path} ${what}. Prepare the data again: ais data build.`, {
    cause,
    place: { file: path },
  });
}

function openSplit<Kind extends RecordKind>(path: string, kind: Kind, records: number): PreparedSplit<Kind> {
  type Example = Kinds[Kind]['example'];
  const read = async function* (names: readonly string[]): AsyncGenerator<FileRow> {
    const file = await ArrowFile.open(path, PREPARED_COLUMNS[kind]);
    try {
      for (let batch = 0; batch < file.batches; batch++) {
        yield* (await file.rows(batch, names as never)) as unknown as FileRow[];
      }
    } finally {
      await file.close();
    }
  };
  const all = Object.keys(PREPARED_COLUMNS[kind]);
  const ofRecord = all.filter((name) => !OF_TOKENS.has(name));
  const ofExample = all.filter((name) => OF_TOKENS.has(name) || BESIDE_TOKENS.has(name));
  const exampleOf = (row: FileRow): Example => tokenized(row, path) as Example;
  const recordOf = (row: FileRow) => textsOf(row, path) as Kinds[Kind]['record'];
  return {
    records,
    async *rows() {
      for await (const row of read(all)) {
        yield { record: recordOf(row), example: exampleOf(row) };
      }
    },
    async examples() {
      const examples: Example[] = [];
      for await (const row of read(ofExample)) examples.push(exampleOf(row));
      return examples;
    },
    storedExamples: () =>
      stored(path, kind, ofExample, (row): Example & { readonly family?: string } => ({
        ...exampleOf(row),
        ...(row.family === null ? {} : { family: row.family }),
      })),
    storedRecords: () => stored(path, kind, ofRecord, recordOf),
  };
}

/** What was made of a row lately is kept: a step asks several times for the same few. */
const KEPT = 1024;

async function stored<T>(
  path: string,
  kind: RecordKind,
  names: readonly string[],
  made: (row: FileRow) => T,
): Promise<Examples<T>> {
  const all: Columns = PREPARED_COLUMNS[kind];
  const wanted = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  const rows = await StoredRows.open(path, all, wanted);
  const kept = new Map<number, T>();
  return {
    length: rows.length,
    at(index) {
      const known = kept.get(index);
      if (known !== undefined) return known;
      const row = rows.at(index);
      if (row === undefined) return undefined;
      const example = made(row as unknown as FileRow);
      if (kept.size === KEPT) kept.clear();
      kept.set(index, example);
      return example;
    },
    *[Symbol.iterator]() {
      for (const row of rows) yield made(row as unknown as FileRow);
    },
  };
}

/** A row as the file of either kind has it. */
interface FileRow {
  readonly id: string;
  readonly family: string | null;
  readonly prompt: string;
  readonly cut: ArrayLike<number> & Iterable<number>;
  readonly response?: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly chosenCutOff?: boolean;
  readonly rejectedCutOff?: boolean;
  readonly numbers?: string | null;
  readonly promptTokens: ArrayLike<number>;
  readonly responseTokens?: ArrayLike<number>;
  readonly chosenTokens: ArrayLike<number>;
  readonly rejectedTokens: ArrayLike<number>;
  readonly truncated: boolean;
  readonly responseTruncated: boolean;
  readonly boundaryMerged: boolean;
}

/** Columns of what was made of a record; the others are the record. */
const OF_TOKENS: ReadonlySet<string> = new Set([
  ...Object.values(PREPARED_COLUMNS).flatMap((columns) =>
    Object.entries(columns).flatMap(([name, type]) => (type === 'tokens' ? [name] : [])),
  ),
  ...['truncated', 'responseTruncated', 'boundaryMerged'],
]);

/** What a tokenized record has of the record itself. */
const BESIDE_TOKENS: ReadonlySet<string> = new Set(['id', 'family', 'numbers']);

function textsOf(row: FileRow, path: string): TextRecord | ComparisonRecord {
  const { id, family, prompt, response, chosen, rejected } = row;
  const [start, end] = row.cut;
  const shared = {
    id,
    prompt,
    ...(start === undefined || end === undefined ? {} : { cut: [start, end] as const }),
    ...(family === null ? {} : { family }),
  };
  if (response !== undefined) return { ...shared, response };
  const cutOff = (['chosen', 'rejected'] as const).filter((which) => row[`${which}CutOff`]);
  return {
    ...shared,
    chosen,
    rejected,
    ...(cutOff.length > 0 && { cutOff }),
    ...knownNumbers(row, path),
  };
}

/** What is known of a pair in numbers, as a part of its record and of its example. */
function knownNumbers(
  { id, numbers }: FileRow,
  path: string,
): { readonly numbers?: Readonly<Record<string, number>> } {
  if (numbers === null || numbers === undefined) return {};
  try {
    const known: unknown = JSON.parse(numbers);
    if (isObject(known) && Object.values(known).every((number) => typeof number === 'number'))
      return { numbers: known as Record<string, number> };
  } catch {
    // Not JSON: no numbers either.
  }
  throw invalid(path, `is damaged: the numbers of record ${id} are not a JSON object of numbers`);
}

/** Tokens as plain numbers; those that are already stay as they are. */
const numbersOf = (tokens: ArrayLike<number>): number[] =>
  Array.isArray(tokens) ? tokens : plainNumbers(tokens);

function tokenized(row: FileRow, path: string): TokenizedRecord | TokenizedComparison {
  const { id, truncated, responseTruncated, boundaryMerged, responseTokens } = row;
  const shared = { id, prompt: numbersOf(row.promptTokens), truncated, responseTruncated, boundaryMerged };
  return responseTokens === undefined
    ? {
        ...shared,
        chosen: numbersOf(row.chosenTokens),
        rejected: numbersOf(row.rejectedTokens),
        ...(row.family === null ? {} : { family: row.family }),
        ...knownNumbers(row, path),
      }
    : { ...shared, response: numbersOf(responseTokens) };
}
