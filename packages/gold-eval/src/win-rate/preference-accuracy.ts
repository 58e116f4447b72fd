import { GoldEvalError } from '../errors.js';
import { type WinRate, winRate } from './win-rate.js';

/** One bin of a reliability diagram. */
export interface CalibrationBin {
  /** Range of predicted confidence, low included. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean predicted confidence and share of right predictions; NaN in an empty bin. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** How often, and how surely, a reward model prefers what the labels prefer. */
export interface PreferenceAccuracy {
  /** Share of the pairs in which the chosen response has the higher reward, ties half, with its Wilson interval. */
  readonly accuracy: WinRate;
  /** Mean −log σ(margin), nats: the reward model's loss. */
  readonly logLoss: number;
  /** Mean (1 − σ(margin))². */
  readonly brierScore: number;
  /** Σ_bins (count/n)·|accuracy − confidence|. */
  readonly expectedCalibrationError: number;
  readonly bins: readonly CalibrationBin[];
}

/**
 * How well a reward model predicts preferences, and whether its confidence is right.
 *
 * Under Bradley–Terry the model gives the chosen response probability p = σ(r_chosen − r_rejected); its confidence is
 * max(p, 1 − p) and it is right if p > ½.
 *
 * @param chosenRewards [n], the model's rewards of the preferred responses
 * @param rejectedRewards [n], of the rejected responses to the same prompts
 * @param bins number of equal bins of confidence between ½ and 1; 10 by default
 * @throws {GoldEvalError} `invalid-lengths` if there is no pair or the lengths differ, `invalid-value` for a reward that
 *   is NaN or not a number, `invalid-option` for bad bins
 * @example
 * const { accuracy, logLoss } = preferenceAccuracy([2, 1, 0], [0, 1.5, -1]);
 * console.log(accuracy.rate.toFixed(2), logLoss.toFixed(3)); // 0.67 0.471
 * @see C. Guo et al., "On calibration of modern neural networks" (2017), equation 3
 */
export function preferenceAccuracy(
  chosenRewards: ArrayLike<number>,
  rejectedRewards: ArrayLike<number>,
  { bins = 10 }: { readonly bins?: number } = {},
): PreferenceAccuracy {
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw new GoldEvalError('invalid-option', `bins must be an integer ≥ 1, got ${bins}.`);
  }
  if (chosenRewards.length !== rejectedRewards?.length) {
    throw new GoldEvalError(
      'invalid-lengths',
      'expected one reward of the chosen response and one of the rejected per pair, ' +
        `got ${chosenRewards.length} and ${rejectedRewards?.length ?? 'none'}.`,
    );
  }
  const accuracy = winRate(chosenRewards, rejectedRewards);
  const { n } = accuracy;
  const collected = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  let logLoss = 0;
  let brierScore = 0;
  for (let index = 0; index < n; index++) {
    const chosen = chosenRewards[index] ?? Number.NaN;
    const rejected = rejectedRewards[index] ?? Number.NaN;
    // Equality first: ∞ − ∞ is NaN.
    const margin = chosen === rejected ? 0 : chosen - rejected;
    const size = Math.abs(margin);
    // log(1 + e^(−m)) without overflow.
    logLoss += Math.max(0, -margin) + Math.log1p(Math.exp(-size));
    const confidence = 1 / (1 + Math.exp(-size));
    brierScore += (margin > 0 ? 1 - confidence : confidence) ** 2;
    const bin = collected[Math.min(bins - 1, Math.floor((confidence - 0.5) * 2 * bins))];
    if (!bin) continue;
    bin.count += 1;
    bin.confidence += confidence;
    bin.right += margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
  }
  return {
    accuracy,
    logLoss: logLoss / n,
    brierScore: brierScore / n,
    expectedCalibrationError: collected.reduce(
      (sum, { right, confidence }) => sum + Math.abs(right - confidence) / n,
      0,
    ),
    bins: collected.map(({ count, confidence, right }, index) => ({
      low: 0.5 + index / (2 * bins),
      high: 0.5 + (index + 1) / (2 * bins),
      count,
      confidence: confidence / count,
      accuracy: right / count,
    })),
  };
}
