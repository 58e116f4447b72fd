import { GoldEvalError } from '../errors.js';
import { largestSharedKl } from '../frontier/evaluation-point.js';
import { interpolate } from '../frontier/read-curve.js';
import { pairedDifferences } from '../win-rate/compare-policies.js';
import { kept, type SeedCurves } from './seed-curves.js';
import { meanOverSeeds, type SeedsEstimate } from './seeds-interval.js';

/** The difference of two methods' win rates at equal √KL, over seeds. */
export interface SeedsComparisonAtKl extends SeedsEstimate {
  /** [seeds], where each seed's curves were compared, in √nats. */
  readonly squareRootKls: readonly number[];
}

/** Where to compare: at one √KL in all seeds, or at a share of what each seed's curves reached. */
export interface CompareAtKlOverSeedsOptions {
  /** One √KL for all seeds, in √nats. */
  readonly squareRootKl?: number;
  /** In each seed this share, above 0 and at most 1, of the largest √KL that both methods reached there; 1 by default. */
  readonly share?: number;
  /** Confidence of the interval; 0.95 by default. */
  readonly confidence?: number | undefined;
}

/**
 * Compares two methods' win rates at equal √KL in every seed, and averages over seeds.
 *
 * In each seed both curves are read by linear interpolation at the √KL asked for, prompt by prompt: by
 * default, at the largest that both reached there. The mean over prompts and seeds has {@link meanOverSeeds}'s interval.
 * √KL itself is taken as known.
 *
 * @param first [seeds] evaluations of one method, each with its outcomes
 * @param second [seeds], of the other, for the same seeds and prompts
 * @returns undefined if in some seed the curves do not both reach that √KL
 * @throws {GoldEvalError} `invalid-lengths` if seeds or prompts differ or outcomes were not kept, `invalid-value` for a bad
 *   √KL, `invalid-option` for a bad share or confidence, or a √KL and a share at once
 * @example
 * const curve = (rows: number[][]) =>
 *   rows.map((outcomes, index) => ({ fraction: 1, squareRootKl: index, rate: outcomes[0]!, n: 1, outcomes }));
 * const [rising, flat] = [[curve([[0], [1]])], [curve([[0], [0]])]];
 * console.log(compareAtKlOverSeeds(rising, flat)?.value); // 1
 * console.log(compareAtKlOverSeeds(rising, flat, { share: 0.25 })?.value); // 0.25
 */
export function compareAtKlOverSeeds(
  first: SeedCurves,
  second: SeedCurves,
  { squareRootKl: asked, share, confidence }: CompareAtKlOverSeedsOptions = {},
): SeedsComparisonAtKl | undefined {
  checkSeeds(first, second);
  if (asked !== undefined && share !== undefined) {
    throw new GoldEvalError('invalid-option', 'give either squareRootKl or share, not both.');
  }
  if (share !== undefined && !(share > 0 && share <= 1)) {
    throw new GoldEvalError('invalid-option', `share must be above 0 and at most 1, got ${share}.`);
  }
  const squareRootKls: number[] = [];
  const differences: number[][] = [];
  for (const [seed, curve] of first.entries()) {
    const other = second[seed] ?? [];
    const squareRootKl = asked ?? (share ?? 1) * largestSharedKl(curve, other);
    const read = interpolate(curve, squareRootKl);
    const otherRead = interpolate(other, squareRootKl);
    if (!read || !otherRead) return undefined;
    squareRootKls.push(squareRootKl);
    differences.push(pairedDifferences(kept(read.outcomes), kept(otherRead.outcomes)));
  }
  return {
    ...meanOverSeeds(differences, { confidence, range: 2, clusters: first[0]?.[0]?.clusters }),
    squareRootKls,
  };
}

function checkSeeds(first: SeedCurves, second: SeedCurves): void {
  if (first.length !== second.length || first.length === 0) {
    throw new GoldEvalError(
      'invalid-lengths',
      `a comparison over seeds needs the same seeds on both sides, got ${first.length} and ${second.length}.`,
    );
  }
}
