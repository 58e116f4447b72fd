import { sha256 } from '@ais/runtime/files';
import type { StoredColumns } from '../formats/arrow-columns.js';
import { ArrowFile } from '../formats/arrow-file.js';
import { integersAt, textAt } from '../formats/stored-columns.js';
import { contentHash } from '../records/content-hash.js';
import type { RecordKind } from '../records/record.js';
import { type SplitLeak, SplitLeakFinder, splitKeysOfHash, splitText } from '../records/split-records.js';
import { type HashWords, hashWords } from './hash-table.js';
import { PREPARED_COLUMNS } from './prepared-manifest.js';
import { SpilledHashes } from './spilled-hashes.js';

/**
 * Looks for leaks between the splits of a prepared set, in the texts of its files.
 *
 * @param scratch a path for a file that is needed meanwhile
 * @param signal stops the search
 * @returns one entry for each prompt or family that two splits share
 */
export async function findPreparedLeaks(
  directory: string,
  kind: RecordKind,
  splits: readonly string[],
  scratch: string,
  signal?: AbortSignal,
): Promise<SplitLeak[]> {
  // Hashes first, which are small: names are looked up where something leaks.
  const seen = new SpilledHashes(scratch);
  const leaking = new Set<string>();
  try {
    for await (const { split, textHash, family } of keyedRecords(directory, kind, splits, signal)) {
      const place = splits.indexOf(split);
      for (const hash of hashesOf(textHash, family)) seen.add(hash, place);
    }
    await seen.compare((hash, place, first) => {
      if (first !== place) leaking.add(hash.join());
    }, signal);
  } finally {
    seen.close();
  }
  const finder = new SplitLeakFinder();
  if (leaking.size === 0) return finder.leaks;
  for await (const { split, id, textHash, family } of keyedRecords(directory, kind, splits, signal)) {
    const hashes = hashesOf(textHash, family);
    const keys = splitKeysOfHash(textHash, family);
    finder.add(
      split,
      id(),
      keys.filter((_, index) => leaking.has(hashes[index]?.join() ?? '')),
    );
  }
  return finder.leaks;
}

/** Of the text and of the family, in the order of `splitKeysOfHash`. */
function hashesOf(textHash: string, family: string | undefined): HashWords[] {
  const text = hashWords(textHash);
  return family === undefined ? [text] : [text, hashWords(sha256(`family:${family}`))];
}

interface KeyedRecord {
  readonly split: string;
  readonly id: () => string;
  readonly textHash: string;
  readonly family: string | undefined;
}

/** The records of all splits, with what none may share with another split. */
async function* keyedRecords(
  directory: string,
  kind: RecordKind,
  splits: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<KeyedRecord> {
  for (const split of splits) {
    const file = await ArrowFile.open(`${directory}/${split}.arrow`, PREPARED_COLUMNS[kind]);
    try {
      for (let batch = 0; batch < file.batches; batch++) {
        signal?.throwIfAborted();
        const names = kind === 'text' ? [...PROMPT, 'response'] : PROMPT;
        const read = await file.columns(batch, names as never);
        const columns = read.columns as LeakColumns;
        for (let row = 0; row < read.rows; row++) {
          const [start, end] = integersAt(columns.cut, row);
          const text = splitText({
            prompt: textAt(columns.prompt, row) ?? '',
            ...(start === undefined || end === undefined ? {} : { cut: [start, end] }),
            ...(columns.response && { response: textAt(columns.response, row) ?? '' }),
          });
          yield {
            split,
            id: () => textAt(columns.id, row) ?? '',
            textHash: contentHash(text),
            family: textAt(columns.family, row) ?? undefined,
          };
        }
      }
    } finally {
      await file.close();
    }
  }
}

const PROMPT = ['id', 'family', 'prompt', 'cut'];

type LeakColumns = StoredColumns<{ id: 'text'; family: 'optional-text'; prompt: 'text'; cut: 'integers' }> &
  Partial<StoredColumns<{ response: 'text' }>>;
