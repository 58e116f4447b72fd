import { GoldEvalError } from '../errors.js';
import { randomStream } from '../statistics/random-stream.js';
import { requireRewards } from '../win-rate/require-rewards.js';

/** Options of `labelPairs` and `labelOutcomes`. */
export interface LabelOptions {
  /**
   * `mode`: the response with the higher reward is chosen. `bradley-terry`: the first is chosen with probability
   * σ((r_1 − r_2) / temperature). `mode` by default.
   */
  readonly rule?: 'mode' | 'bradley-terry';
  /** Temperature of Bradley–Terry sampling, in the unit of the rewards; 1 by default. */
  readonly temperature?: number;
  /** Share of the labels that are flipped afterwards, between 0 and ½; 0 by default. */
  readonly noise?: number;
  /** Rewards that differ by no more than this are a tie; 0 by default. Ties exist under the rule `mode` only. */
  readonly tieTolerance?: number;
  /** What happens to a tie: `drop` (the default) leaves the pair out, `random` tosses a fair coin. */
  readonly ties?: 'drop' | 'random';
  /** Seed of sampling, noise, and coins; 0 by default. */
  readonly seed?: number;
  /** Position of the first pair in the whole data set, so that parts are labeled as the whole would be; 0 by default. */
  readonly offset?: number;
}

/** The label of one pair. */
export interface PairLabel {
  /** Which response is chosen; undefined if a tie is dropped. */
  readonly chosen: 0 | 1 | undefined;
  readonly tie: boolean;
  /** Whether noise flipped the label. */
  readonly flipped: boolean;
}

/**
 * Labels pairs of responses by their gold rewards.
 *
 * P(first is chosen) = 1{r_1 > r_2} (mode) or σ((r_1 − r_2)/τ) (Bradley–Terry); noise ε flips the outcome with
 * probability ε.
 *
 * The label of a pair depends on its rewards, the seed and its position alone: labeling that was interrupted and resumes
 * with `offset` gives what uninterrupted labeling gives.
 *
 * @param firstRewards [n], gold rewards of the first responses
 * @param secondRewards [n], of the second responses to the same prompts
 * @returns [n], one label for each pair
 * @throws {GoldEvalError} `invalid-lengths` if the lengths differ, `invalid-value` for a reward that is NaN or not a number,
 *   `invalid-option` for a bad option
 * @example
 * const labels = labelPairs([1.5, 0.2, 1], [0.5, 0.9, 1]);
 * console.log(labels.map(({ chosen }) => chosen)); // [ 0, 1, undefined ]
 * @see R. A. Bradley, M. E. Terry, "Rank analysis of incomplete block designs", Biometrika 39 (1952)
 */
export function labelPairs(
  firstRewards: ArrayLike<number>,
  secondRewards: ArrayLike<number>,
  options: LabelOptions = {},
): PairLabel[] {
  const {
    rule = 'mode',
    temperature = 1,
    noise = 0,
    tieTolerance = 0,
    ties = 'drop',
    seed = 0,
    offset = 0,
  } = options;
  if (firstRewards.length !== secondRewards?.length) {
    throw new GoldEvalError(
      'invalid-lengths',
      'expected one reward of each pair for the first and for the second response, ' +
        `got ${firstRewards.length} and ${secondRewards?.length ?? 'none'}.`,
    );
  }
  const checks: readonly (readonly [boolean, string])[] = [
    [rule === 'mode' || rule === 'bradley-terry', `rule must be mode or bradley-terry, got ${rule}`],
    [temperature > 0, `temperature must be above 0, got ${temperature}; for the limit 0, use the rule mode`],
    [noise >= 0 && noise <= 0.5, `noise must lie between 0 and ½, got ${noise}`],
    [tieTolerance >= 0, `tieTolerance must be ≥ 0, got ${tieTolerance}`],
    [ties === 'drop' || ties === 'random', `ties must be drop or random, got ${ties}`],
    [Number.isSafeInteger(offset) && offset >= 0, `offset must be an integer ≥ 0, got ${offset}`],
  ];
  for (const [holds, message] of checks) if (!holds) throw new GoldEvalError('invalid-option', `${message}.`);

  return Array.from(firstRewards, (first, index) => {
    const second = secondRewards[index] as number;
    requireRewards(index, first, second);
    const random = randomStream(seed, offset + index);
    // Both draws are always made, so that noise does not change which sampled label it meets.
    const draw = random();
    const flip = random() < noise;
    const difference = first === second ? 0 : first - second;
    const tie = rule === 'mode' && Math.abs(difference) <= tieTolerance;
    if (tie && ties === 'drop') return { chosen: undefined, tie, flipped: false };
    let firstProbability = difference > 0 ? 1 : 0;
    if (tie) firstProbability = 0.5;
    else if (rule === 'bradley-terry') firstProbability = 1 / (1 + Math.exp(-difference / temperature));
    const firstChosen = draw < firstProbability !== flip;
    return { chosen: firstChosen ? 0 : 1, tie, flipped: flip };
  });
}
