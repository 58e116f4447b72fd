import { makeWhole, nodeBuiltin } from '@ais/runtime/files';
import type { StoredColumns } from '../formats/arrow-columns.js';
import { ArrowFile } from '../formats/arrow-file.js';
import { flagAt, textAt } from '../formats/stored-columns.js';
import type { RecordKind } from '../records/record.js';
import { type SplitAssignment, splitKeysOfHash } from '../records/split-records.js';
import { type FoundDuplicates, findDuplicates } from './find-duplicates.js';
import { PART_COLUMNS } from './prepare-part.js';
import {
  DROPPED,
  type DroppedRecord,
  type PreparationSettings,
  type PreparedManifest,
  type PreparedSplitManifest,
} from './prepared-manifest.js';
import { SplitFileWriter } from './split-file-writer.js';
import { partPath, storedPart } from './tokenize-parts.js';

export interface AssemblePartsOptions {
  /** Where the parts are, and how many. */
  readonly parts: string;
  readonly count: number;
  /** Where the splits' files go. */
  readonly directory: string;
  readonly settings: Pick<PreparationSettings, 'kind' | 'duplicates'>;
  readonly assignment: SplitAssignment<string>;
  readonly signal: AbortSignal | undefined;
  /** How many records are written. */
  onRecords(written: number): void;
}

export interface AssembledParts {
  readonly splits: Record<string, PreparedSplitManifest>;
  readonly dropped: PreparedManifest['dropped'];
  readonly droppedSha256: string;
  readonly firstBoundaryMerge: string | null;
}

type PartColumns = StoredColumns<(typeof PART_COLUMNS)[RecordKind]>;

/**
 * Makes the files of the splits, and of what was dropped, from the parts: reads them once for what decides where a record goes, and
 * once more to write it there. Nothing is kept of a record in between unless it is a duplicate or has a family.
 */
export async function assembleParts(options: AssemblePartsOptions): Promise<AssembledParts> {
  const { directory, settings, assignment } = options;
  const duplicates = settings.duplicates === 'drop' ? await findDuplicates(options, partColumns) : undefined;
  await tieFamilies(options, duplicates);

  const writers = new Map<string, SplitFileWriter>();
  for (const name of assignment.names) {
    writers.set(name, await SplitFileWriter.create(directory, name, settings.kind));
  }
  let found: Omit<AssembledParts, 'splits'>;
  try {
    found = await makeWhole(`${directory}/${DROPPED}`, (path) =>
      writeRecords(options, writers, duplicates, path),
    );
  } catch (error) {
    for (const writer of writers.values()) await writer.abort();
    throw error;
  }
  const splits: Record<string, PreparedSplitManifest> = {};
  for (const [name, writer] of writers) splits[name] = await writer.close();
  return { splits, ...found };
}

/** Ties together what belongs on one side of a split: a record without a family is tied to its equals alone, by its key. */
async function tieFamilies(
  options: AssemblePartsOptions,
  duplicates: FoundDuplicates | undefined,
): Promise<void> {
  const { parts, count, assignment, signal } = options;
  let before = 0;
  for (let part = 0; part < count; part++) {
    const { rows, families } = await storedPart(parts, part);
    if (families > 0) {
      const { columns } = await partColumns(options, part, ['family', 'textHash']);
      for (let row = 0; row < rows; row++) {
        const family = textAt(columns.family, row);
        if (family === null || duplicates?.has(before + row)) continue;
        assignment.add(splitKeysOfHash(textAt(columns.textHash, row) ?? '', family));
      }
    }
    before += rows;
    signal?.throwIfAborted();
  }
}

/** Writes each record to its split, and each that is dropped to a file, those of a part that are duplicates after its others. */
async function writeRecords(
  options: AssemblePartsOptions,
  writers: ReadonlyMap<string, SplitFileWriter>,
  duplicates: FoundDuplicates | undefined,
  path: string,
): Promise<Omit<AssembledParts, 'splits'>> {
  const { open } = nodeBuiltin('node:fs/promises', 'prepareDataset');
  const { createHash } = nodeBuiltin('node:crypto', 'prepareDataset');
  const { parts, count, assignment, signal } = options;
  const hash = createHash('sha256');
  const counts: Partial<Record<DroppedRecord['reason'], number>> = {};
  const next = duplicates?.inOrder();
  let firstBoundaryMerge: string | null = null;
  let record = 0;
  let written = 0;
  const file = await open(path, 'w');
  try {
    for (let part = 0; part < count; part++) {
      const dropped = [...(await storedPart(parts, part)).dropped];
      const { rows, columns } = await partColumns(options, part);
      const idOf = (row: number): string => textAt(columns.id, row) ?? '';
      for (let row = 0; row < rows; row++) {
        next?.meet(record, () => idOf(row));
        const first = next?.at(record++);
        if (first !== undefined) {
          dropped.push({ id: idOf(row), reason: 'duplicate', detail: `the same as ${first}` });
          continue;
        }
        if (firstBoundaryMerge === null && flagAt(columns.boundaryMerged, row))
          firstBoundaryMerge = idOf(row);
        const family = textAt(columns.family, row) ?? undefined;
        const [key] = splitKeysOfHash(textAt(columns.textHash, row) ?? '', family);
        writers.get(assignment.splitOf(key))?.copy(columns, row);
        written++;
      }
      for (const { reason } of dropped) counts[reason] = (counts[reason] ?? 0) + 1;
      const lines = dropped.map((each) => `${JSON.stringify(each)}\n`).join('');
      hash.update(lines);
      await file.writeFile(lines);
      options.onRecords(written);
      signal?.throwIfAborted();
    }
  } finally {
    await file.close();
  }
  return { dropped: counts, droppedSha256: hash.digest('hex'), firstBoundaryMerge };
}

/** The columns of a part, or some of them. */
async function partColumns(
  { parts, settings }: Pick<AssemblePartsOptions, 'parts' | 'settings'>,
  part: number,
  names?: readonly (keyof PartColumns & string)[],
): Promise<{ readonly rows: number; readonly columns: PartColumns }> {
  const all: (typeof PART_COLUMNS)[RecordKind] = PART_COLUMNS[settings.kind];
  const file = await ArrowFile.open(partPath(parts, part, 'arrow'), all);
  try {
    return (await file.columns(0, names as never)) as {
      readonly rows: number;
      readonly columns: PartColumns;
    };
  } finally {
    await file.close();
  }
}
