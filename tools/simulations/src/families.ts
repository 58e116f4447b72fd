import { meanOverSeeds } from '@ais/gold-eval';
import { inStudies, meanOf, measuredSpread, shareOf, simulatedDifferences } from './simulated-study.js';

/** How often the interval of a mean covers the truth where prompts of one family are won and lost together. */
export interface Families {
  /** Sizes of the families, in words. */
  readonly sizes: string;
  readonly seeds: number;
  readonly covered: number;
  /** Mean half width, in points. */
  readonly half: number;
  /** The same if every prompt counts as a draw of its own. */
  readonly alone: { readonly covered: number; readonly half: number };
}

/** Standard deviation of what a family adds to all its prompts, in all seeds; as measured on synopses. */
const OF_FAMILY = 0.1;

/** [sizes of families], of 1,024 prompts in all. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  // Of the Debian packages of the study of synopses: a source of cross compilers has 127 of the 1,024.
  'one of 127, 24 of 5 to 37, 462 of 1 to 4': [
    ...[127, 37, 22, 20, 14, 13, 11, 10, 10, 9, 8, 8, 7, 7, 7, 7, 7, 6, 6, 6, 6, 6, 6, 5, 5],
    ...many(6, 5),
    ...many(15, 4),
    ...many(36, 3),
    ...many(51, 2),
    ...many(354, 1),
  ],
  '256 of 4': many(256, 4),
};

function many(count: number, size: number): number[] {
  return Array.from({ length: count }, () => size);
}

export function familiesCovered(studies: number): Families[] {
  return Object.entries(SIZES).flatMap(([sizes, ofFamilies]) =>
    [6, 12, 24].map((seeds) => {
      const clusters = ofFamilies.flatMap((size, family) => many(size, family));
      const found = inStudies(studies, `families ${sizes} ${seeds}`, (random) => {
        const added = random.normals(ofFamilies.length, { standardDeviation: OF_FAMILY });
        const values = simulatedDifferences(
          0,
          measuredSpread,
          { seeds, prompts: clusters.length },
          random,
        ).map((row) => row.map((value, prompt) => value + (added[clusters[prompt] ?? 0] ?? 0)));
        return [meanOverSeeds(values, { range: 2, clusters }), meanOverSeeds(values, { range: 2 })] as const;
      });
      const of = (index: 0 | 1) => ({
        covered: shareOf(found, (both) => both[index].low <= 0 && 0 <= both[index].high),
        half: 100 * meanOf(found.map((both) => (both[index].high - both[index].low) / 2)),
      });
      return { sizes, seeds, ...of(0), alone: of(1) };
    }),
  );
}
