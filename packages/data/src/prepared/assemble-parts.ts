import type { Columns } from '../formats/arrow-columns.js';
import { ArrowFile } from '../formats/arrow-file.js';
import { type SplitAssignment, splitKeysOfHash } from '../records/split-records.js';
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
 * write it there.
 */
export async function assembleParts(options: AssemblePartsOptions): Promise<AssembledParts> {
  const { directory, settings, assignment, signal } = options;
  const { keys, dropped } = await splitKeysOfParts(options);

  const writers = new Map<string, SplitFileWriter>();
  for (const name of assignment.names) {
    writers.set(name, await SplitFileWriter.create(directory, name, settings.kind));
  }
  let firstBoundaryMerge: string | null = null;
  let written = 0;
  try {
    for (const [index, ofPart] of keys.entries()) {
      const rows = await rowsOfPart(options, index);
      for (const [row, key] of ofPart.entries()) {
        const values = rows[row];
        if (key === null || values === undefined) continue;
        if (values.boundaryMerged) firstBoundaryMerge ??= values.id;
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

/** Of each row of each part, the key of its split; null where it is a duplicate, which is dropped. */
async function splitKeysOfParts(
  options: AssemblePartsOptions,
): Promise<{ keys: (string | null)[][]; dropped: DroppedRecord[] }> {
  const { settings, assignment } = options;
  const keys: (string | null)[][] = [];
  const dropped: DroppedRecord[] = [];
  const firsts = new Map<string, string>();
  for (const [index, earlier] of options.dropped.entries()) {
    dropped.push(...earlier);
    const rows = await rowsOfPart(options, index, ['id', 'family', 'textHash', 'contentHash']);
    keys.push(
      rows.map(({ id, family, textHash, contentHash }) => {
        const first = firsts.get(contentHash);
        if (first !== undefined && settings.duplicates === 'drop') {
          dropped.push({ id, reason: 'duplicate', detail: `the same as ${first}` });
          return null;
        }
        if (first === undefined) firsts.set(contentHash, id);
        return assignment.add(splitKeysOfHash(textHash, family ?? undefined));
      }),
    );
    options.signal?.throwIfAborted();
  }
  return { keys, dropped };
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
