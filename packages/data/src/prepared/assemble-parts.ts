import type { Columns } from '../formats/arrow-columns.js';
import { ArrowFile } from '../formats/arrow-file.js';
import { type SplitAssignment, splitKeysOfHash } from '../records/split-records.js';
import { HashTable } from './hash-table.js';
import { PART_COLUMNS, type PartRow } from './prepare-part.js';
import type { DroppedRecord, PreparationSettings, PreparedSplitManifest } from './prepared-manifest.js';
import { SplitFileWriter } from './split-file-writer.js';
import { partPath } from './tokenize-parts.js';

export interface AssemblePartsOptions {
  /** Where the parts are. */
  readonly parts: string;
  /** Where the splits' files go. */
  readonly directory: string;
  readonly settings: Pick<PreparationSettings, 'kind' | 'duplicates'>;
  /** What was dropped before, part by part. */
  readonly dropped: readonly (readonly DroppedRecord[])[];
  readonly assignment: SplitAssignment<string>;
  readonly signal: AbortSignal | undefined;
  /** How many records are written. */
  onRecords(written: number): void;
}

export interface AssembledParts {
  readonly splits: Record<string, PreparedSplitManifest>;
  /** Part by part, duplicates last in each. */
  readonly dropped: readonly DroppedRecord[];
  readonly firstBoundaryMerge: string | null;
}

/**
 * Makes the files of the splits from the parts: reads them once for what decides where a record goes, and once more to
 * write it there. What is kept of a record in between is a hash.
 */
export async function assembleParts(options: AssemblePartsOptions): Promise<AssembledParts> {
  const { directory, settings, assignment, signal } = options;
  const { dropped, duplicates, copies } = await findDuplicates(options);

  const writers = new Map<string, SplitFileWriter>();
  for (const name of assignment.names) {
    writers.set(name, await SplitFileWriter.create(directory, name, settings.kind));
  }
  let firstBoundaryMerge: string | null = null;
  let record = 0;
  let written = 0;
  try {
    for (const index of options.dropped.keys()) {
      for (const values of await rowsOfPart(options, index)) {
        const { id, family, textHash } = values;
        for (const copy of copies.get(record) ?? []) copy.detail = `the same as ${id}`;
        const duplicate = duplicates.get(record++);
        if (duplicate) {
          duplicate.id = id;
          continue;
        }
        if (values.boundaryMerged) firstBoundaryMerge ??= id;
        const [key] = splitKeysOfHash(textHash, family ?? undefined);
        writers.get(assignment.splitOf(key))?.add(values);
        written++;
      }
      options.onRecords(written);
      signal?.throwIfAborted();
    }
  } catch (error) {
    for (const writer of writers.values()) await writer.abort();
    throw error;
  }
  const splits: Record<string, PreparedSplitManifest> = {};
  for (const [name, writer] of writers) splits[name] = await writer.close();
  return { splits, dropped, firstBoundaryMerge };
}

/** What is dropped as a duplicate; its own name and that of the first are known when the parts are read again. */
type Duplicate = { -readonly [Key in keyof DroppedRecord]: DroppedRecord[Key] };

interface FoundDuplicates {
  readonly dropped: readonly DroppedRecord[];
  /** By their number among the records of all parts. */
  readonly duplicates: ReadonlyMap<number, Duplicate>;
  /** By the number of the record that they are the same as. */
  readonly copies: ReadonlyMap<number, readonly Duplicate[]>;
}

/** Finds duplicates, and ties together what belongs on one side of a split. */
async function findDuplicates(options: AssemblePartsOptions): Promise<FoundDuplicates> {
  const { settings, assignment } = options;
  const dropped: DroppedRecord[] = [];
  const duplicates = new Map<number, Duplicate>();
  const copies = new Map<number, Duplicate[]>();
  const firsts = new HashTable();
  let record = 0;
  for (const [index, earlier] of options.dropped.entries()) {
    dropped.push(...earlier);
    for (const row of await rowsOfPart(options, index, ['family', 'textHash', 'contentHash'])) {
      const { family, textHash, contentHash } = row;
      const number = record++;
      const first = settings.duplicates === 'drop' ? firsts.putIfAbsent(contentHash, number) : undefined;
      if (first === undefined) {
        assignment.add(splitKeysOfHash(textHash, family ?? undefined));
        continue;
      }
      const duplicate: Duplicate = { id: '', reason: 'duplicate', detail: '' };
      dropped.push(duplicate);
      duplicates.set(number, duplicate);
      copies.set(first, [...(copies.get(first) ?? []), duplicate]);
    }
    options.signal?.throwIfAborted();
  }
  return { dropped, duplicates, copies };
}

/** All columns, or some. */
async function rowsOfPart(
  { parts, settings }: AssemblePartsOptions,
  index: number,
  names?: readonly (keyof PartRow)[],
): Promise<PartRow[]> {
  const columns: Columns = PART_COLUMNS[settings.kind];
  const file = await ArrowFile.open(partPath(parts, index, 'arrow'), columns);
  try {
    return (await file.rows(0, names)) as PartRow[];
  } finally {
    await file.close();
  }
}
