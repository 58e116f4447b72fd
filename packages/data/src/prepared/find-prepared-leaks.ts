import { ArrowFile } from '../formats/arrow-file.js';
import { type SplitLeak, SplitLeakFinder, splitKeys } from '../records/split-records.js';
import { splitText } from './prepare-part.js';
import { PREPARED_COLUMNS, type PreparedKind } from './prepared-manifest.js';

/**
 * Looks for leaks between the splits of a prepared set, in the texts as they stand in its files.
 *
 * @returns one entry for each post or family that two splits share
 */
export async function findPreparedLeaks(
  directory: string,
  kind: PreparedKind,
  splits: readonly string[],
): Promise<SplitLeak[]> {
  const finder = new SplitLeakFinder();
  for (const split of splits) {
    const file = await ArrowFile.open(`${directory}/${split}.arrow`, PREPARED_COLUMNS[kind]);
    try {
      const text = kind === 'summaries' ? ('post' as const) : ('prompt' as const);
      for (let batch = 0; batch < file.batches; batch++) {
        const rows = (await file.rows(batch, ['id', 'family', text] as never)) as LeakRow[];
        for (const { id, family, ...row } of rows) {
          const post = row.post ?? splitText(row.prompt ?? '');
          finder.add(split, id, splitKeys({ post, ...(family === null ? {} : { family }) }));
        }
      }
    } finally {
      await file.close();
    }
  }
  return finder.leaks;
}

interface LeakRow {
  readonly id: string;
  readonly family: string | null;
  readonly post?: string;
  readonly prompt?: string;
}
