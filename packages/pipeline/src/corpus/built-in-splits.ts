import { splitRecords, type TextRecord } from '@ais/data';
import { sha256 } from '@ais/runtime/files';
import { type SplitName, splitNames } from '../settings/command-settings.js';
import { bySplit, type CorpusRequest, mostOf, NONE } from './corpus-request.js';

/**
 * Gives each step records of its own, by the sizes that built-in text is to have. A split's first records are a draw from all of
 * it, for that many are used.
 *
 * @param records in the order in which their source gives them
 */
export function builtInSplits(
  records: readonly TextRecord[],
  { source, sizes, seed }: Pick<CorpusRequest, 'source' | 'sizes' | 'seed'>,
): Record<SplitName, TextRecord[]> {
  const fractions = builtInFractions(sizes);
  const drawn = SORTED_BY_NAME.has(source) ? shuffled(records, seed) : records;
  const splits = splitRecords(drawn, { fractions, seed });
  return bySplit((split) => (fractions[split] === undefined ? [] : splits[split]));
}

/** Sources that give packages by name. What others generate has no order. */
const SORTED_BY_NAME: ReadonlySet<string> = new Set(['debian', 'describe']);

/** Records by a hash of the seed and their ids, so that no record moves another. */
function shuffled(records: readonly TextRecord[], seed: number): TextRecord[] {
  return records
    .map((record) => ({ record, rank: sha256(`${seed}\n${record.id}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ record }) => record);
}

/** The part of built-in text that each split gets. */
function builtInFractions(sizes: CorpusRequest['sizes']): Record<SplitName, number> {
  // The evaluation split is small, so its share is the most uncertain: it gets twice its part.
  const parts = { ...sizes, evaluation: 2 * sizes.evaluation };
  const used = splitNames.filter((split) => parts[split] > 0);
  const sum = used.reduce((total, split) => total + parts[split], 0);
  return Object.fromEntries(used.map((split) => [split, parts[split] / sum])) as Record<SplitName, number>;
}

/** How many records to generate so that every split has as many as it is to have, and as are wanted of it. */
export function builtInCount(wanted: CorpusRequest['wanted'], sizes: CorpusRequest['sizes']): number {
  const factor = Math.max(
    1,
    ...splitNames
      .filter((split) => sizes[split] > 0)
      .flatMap((split) => {
        const own = wanted[split] ?? NONE;
        return own === 'all' ? [] : mostOf(own) / sizes[split];
      }),
  );
  const records = splitNames.reduce((sum, split) => sum + sizes[split], 0);
  // Splitting by content gives each split its share only on average: a tenth more makes room for that, unless a split is small.
  const usual = Math.ceil(1.1 * factor * records) + 500;
  const forSmallSplits = Object.entries(builtInFractions(sizes)).map(([split, fraction]) =>
    Math.ceil(meanFor(factor * sizes[split as SplitName]) / fraction),
  );
  return Math.max(usual, ...forSmallSplits);
}

/** The mean of a Poisson count that falls short of `needed` only beyond four standard deviations: m − 4√m = needed. */
function meanFor(needed: number): number {
  return (2 + Math.sqrt(4 + needed)) ** 2;
}
