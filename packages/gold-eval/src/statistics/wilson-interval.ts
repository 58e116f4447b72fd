import { GoldEvalError } from '../errors.js';
import { type Clusters, drawCount } from './clusters.js';
import { meanWithError } from './mean-error.js';
import { normalQuantile } from './normal-distribution.js';
import { requireOutcomes } from './require-outcomes.js';

/** Both ends of an interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The Wilson score interval of a proportion.
 *
 * (p̂ + z²/2n ± z·√(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n), z the two-sided normal quantile of the confidence.
 *
 * Unlike p̂ ± z·√(p̂(1 − p̂)/n) it keeps inside [0, 1] and is honest near its ends and for small n.
 *
 * @param successes how many of the trials succeeded, between 0 and `trials`; halves are allowed
 * @param trials how many trials there were, at least 1
 * @param confidence between 0 and 1
 * @throws {GoldEvalError} `invalid-value` if successes and trials are not a proportion, `invalid-option` for a bad confidence
 * @example
 * const { low, high } = wilsonInterval(60, 100);
 * console.log(low.toFixed(3), high.toFixed(3)); // 0.502 0.691
 * @see E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927)
 */
export function wilsonInterval(successes: number, trials: number, confidence: number = 0.95): Interval {
  if (!(trials >= 1 && successes >= 0 && successes <= trials)) {
    throw new GoldEvalError(
      'invalid-value',
      `expected between 0 and ${trials} successes in at least one trial, got ${successes} in ${trials}.`,
    );
  }
  const z = normalQuantile(confidence);
  const rate = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const center = (rate + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / trials + z ** 2 / (4 * trials ** 2));
  // Rounding must not leave the ends a hair inside 0 and 1 if they are exactly that.
  return {
    low: successes === 0 ? 0 : Math.max(0, center - half),
    high: successes === trials ? 1 : Math.min(1, center + half),
  };
}

/**
 * The Wilson score interval of a win rate whose prompts come in clusters: that of n/d prompts, d the design effect, by how much the
 * clusters enlarge the squared error of the mean, 1 at least.
 *
 * @param outcomes [n], each 1, ½, or 0
 * @param clusters [n], which prompts belong together; each for itself by default
 * @throws {GoldEvalError} `invalid-value` if there is no outcome, for what is no outcome or no cluster, `invalid-lengths` if clusters do
 *   not name that of each prompt, `invalid-option` for a bad confidence
 * @example
 * const alone = clusteredWilson([1, 1, 0, 0], undefined);
 * const together = clusteredWilson([1, 1, 0, 0], [0, 0, 1, 1]);
 * console.log(together.low < alone.low); // true
 * @see L. Kish, "Survey Sampling" (1965), section 8.2
 */
export function clusteredWilson(
  outcomes: ArrayLike<number>,
  clusters: Clusters | undefined,
  confidence?: number,
): Interval {
  requireOutcomes(outcomes);
  const n = outcomes.length;
  const { mean, standardError } = meanWithError(outcomes);
  const { standardError: clustered } = meanWithError(outcomes, clusters);
  const ratio = (clustered / standardError) ** 2;
  const effective = Math.max(1, n / Math.max(1, Number.isFinite(ratio) ? ratio : n / drawCount(n, clusters)));
  return wilsonInterval(mean * effective, effective, confidence);
}
