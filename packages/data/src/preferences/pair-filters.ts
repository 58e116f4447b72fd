import { createRandom } from '@ais/runtime/random';
import { DataError } from '../errors.js';

/** What the filters look at: text or tokens, with scores or without. */
export interface LabeledPair {
  readonly id: string;
  readonly chosen: unknown;
  readonly rejected: unknown;
  readonly chosenScore?: number;
  readonly rejectedScore?: number;
  readonly margin?: number;
  /** Responses that were cut off before they ended. */
  readonly cutOff?: readonly ('chosen' | 'rejected')[];
  /** What is known of the pair in numbers, by name. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/**
 * Label noise: exchanges chosen and rejected in a share of the pairs.
 *
 * Whether a pair is flipped depends on the seed and its id alone, so a larger rate flips those of a smaller rate and
 * more. What is known of a response goes with it: its score, whether it was cut off, and `numbers` whose names begin with
 * `chosen` or `rejected`. The margin of a flipped pair is negative, also in `numbers`.
 *
 * @param pairs any pairs
 * @param options the rate in [0, 1], and a seed
 * @returns all pairs, in their order, and how many were flipped; on average rate × pairs
 * @throws {DataError} `invalid-option` where the rate is none
 * @example
 * const { flipped } = flipLabels([{ id: 'a', chosen: ' Good.', rejected: ' Bad.' }], { rate: 1, seed: 17 });
 * console.log(flipped); // 1
 */
export function flipLabels<P extends LabeledPair>(
  pairs: readonly P[],
  { rate, seed }: { rate: number; seed: number },
): { pairs: P[]; flipped: number } {
  if (!(rate >= 0 && rate <= 1)) {
    throw new DataError('invalid-option', `flipLabels: rate must be between 0 and 1, got ${rate}.`);
  }
  let flipped = 0;
  const noisy = pairs.map((pair) => {
    if (createRandom(seed, 'flip', pair.id).uniform() >= rate) return pair;
    flipped++;
    const { chosen, rejected, chosenScore, rejectedScore, margin, cutOff, numbers } = pair;
    return {
      ...pair,
      chosen: rejected,
      rejected: chosen,
      ...(chosenScore === undefined ? {} : { rejectedScore: chosenScore }),
      ...(rejectedScore === undefined ? {} : { chosenScore: rejectedScore }),
      ...(margin === undefined ? {} : { margin: -margin }),
      ...(cutOff === undefined ? {} : { cutOff: cutOff.map((which) => OTHER[which]) }),
      ...(numbers === undefined ? {} : { numbers: flipNumbers(numbers) }),
    };
  });
  return { pairs: noisy, flipped };
}

const OTHER = { chosen: 'rejected', rejected: 'chosen' } as const;

function flipNumbers(numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) =>
      name === 'margin'
        ? [name, -value]
        : [name.replace(/^(?:chosen|rejected)/, (which) => OTHER[which as keyof typeof OTHER]), value],
    ),
  );
}

/** Margins that are kept, in units of the score. */
export interface MarginLimits {
  minimum?: number;
  maximum?: number;
}

/**
 * Keeps the pairs whose margin lies within limits, both included.
 *
 * @param pairs pairs with a margin
 * @param limits the least and the greatest margin; none by default
 * @returns the pairs kept, and how many were below and above
 * @throws {DataError} `invalid-option` where no margin can lie within; `invalid-score` where a pair has no margin or one
 *   that is not finite, naming the record
 * @example
 * const pairs = [{ id: 'a', chosen: ' Good.', rejected: ' Bad.', margin: 0.1 }];
 * console.log(filterByMargin(pairs, { minimum: 0.5 }).below); // 1
 */
export function filterByMargin<P extends LabeledPair>(
  pairs: readonly P[],
  { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: MarginLimits,
): { pairs: P[]; below: number; above: number } {
  if (!(minimum <= maximum)) {
    throw new DataError(
      'invalid-option',
      `filterByMargin: minimum must not exceed maximum, got ${minimum} and ${maximum}.`,
    );
  }
  const kept: P[] = [];
  let below = 0;
  let above = 0;
  for (const pair of pairs) {
    const { margin, id } = pair;
    if (margin === undefined || !Number.isFinite(margin)) {
      throw new DataError(
        'invalid-score',
        `filterByMargin: record ${id} has the margin ${margin}. Filter pairs that were made from scores.`,
        { place: { record: id, field: 'margin' }, fault: 'not-a-number' },
      );
    }
    if (margin < minimum) below++;
    else if (margin > maximum) above++;
    else kept.push(pair);
  }
  return { pairs: kept, below, above };
}
