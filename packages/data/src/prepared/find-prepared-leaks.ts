import { ArrowFile } from '../formats/arrow-file.js';
import type { RecordKind } from '../records/record.js';
import { type SplitLeak, SplitLeakFinder, splitKeys } from '../records/split-records.js';
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
  const finder = new SplitLeakFinder();
  for (const split of splits) {
    const file = await ArrowFile.open(`${directory}/${split}.arrow`, PREPARED_COLUMNS[kind]);
    try {
      const names = kind === 'text' ? [...PROMPT, 'response'] : PROMPT;
      for (let batch = 0; batch < file.batches; batch++) {
        for (const row of (await file.rows(batch, names as never)) as unknown as LeakRow[]) {
          const { id, family, cut, ...texts } = row;
          const [start, end] = cut;
          finder.add(
            split,
            id,
            splitKeys({
              ...texts,
              ...(start === undefined || end === undefined ? {} : { cut: [start, end] }),
              ...(family === null ? {} : { family }),
            }),
          );
        }
      }
    } finally {
      await file.close();
    }
  }
  return finder.leaks;
}

const PROMPT = ['id', 'family', 'prompt', 'cut'];

interface LeakRow {
  readonly id: string;
  readonly family: string | null;
  readonly prompt: string;
  readonly cut: ArrayLike<number> & Iterable<number>;
  readonly response?: string;
}
