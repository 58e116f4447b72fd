import { sha256 } from '@ais/runtime/files';
import { ArrowFile } from '../formats/arrow-file.js';
import type { RecordKind } from '../records/record.js';
import { type SplitLeak, SplitLeakFinder, splitKeys } from '../records/split-records.js';
import { HashTable } from './hash-table.js';
import { PREPARED_COLUMNS } from './prepared-manifest.js';

/**
 * Looks for leaks between the splits of a prepared set, in the texts of its files.
 *
 * @returns one entry for each prompt or family that two splits share
 */
export async function findPreparedLeaks(
  directory: string,
  kind: RecordKind,
  splits: readonly string[],
): Promise<SplitLeak[]> {
  // Hashes first, which are small: names are looked up where something leaks.
  const seen = new HashTable();
  const leaking = new Set<string>();
  for await (const { split, keys } of keyedRecords(directory, kind, splits)) {
    const place = splits.indexOf(split);
    for (const key of keys)
      if ((seen.putIfAbsent(sha256(key).slice(0, 32), place) ?? place) !== place) leaking.add(key);
  }
  const finder = new SplitLeakFinder();
  if (leaking.size === 0) return finder.leaks;
  for await (const { split, id, keys } of keyedRecords(directory, kind, splits))
    finder.add(
      split,
      id,
      keys.filter((key) => leaking.has(key)),
    );
  return finder.leaks;
}

/** The records of all splits, with the keys that none may share with another split. */
async function* keyedRecords(
  directory: string,
  kind: RecordKind,
  splits: readonly string[],
): AsyncGenerator<{ readonly split: string; readonly id: string; readonly keys: readonly string[] }> {
  const names = kind === 'text' ? [...PROMPT, 'response'] : PROMPT;
  for (const split of splits) {
    const file = await ArrowFile.open(`${directory}/${split}.arrow`, PREPARED_COLUMNS[kind]);
    try {
      for (let batch = 0; batch < file.batches; batch++) {
        for (const row of (await file.rows(batch, names as never)) as unknown as LeakRow[]) {
          const { id, family, cut, ...texts } = row;
          const [start, end] = cut;
          const keys = splitKeys({
            ...texts,
            ...(start === undefined || end === undefined ? {} : { cut: [start, end] }),
            ...(family === null ? {} : { family }),
          });
          yield { split, id, keys };
        }
      }
    } finally {
      await file.close();
    }
  }
}

const PROMPT = ['id', 'family', 'prompt', 'cut'];

interface LeakRow {
  readonly id: string;
  readonly family: string | null;
  readonly prompt: string;
  readonly cut: ArrayLike<number> & Iterable<number>;
  readonly response?: string;
}
