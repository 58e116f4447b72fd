import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';
import { normalQuantile } from '../statistics/normal-distribution.js';
import { requireOutcomes } from '../statistics/require-outcomes.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';

/** A win rate at equal lengths, with its 95 % interval, and what length does to it. */
export interface LengthControlledWinRate {
  /** The win rate predicted at equal lengths. */
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  /** φ: how much the log-odds of a win rise from equal lengths to much longer responses; below 0 the shorter ones win. */
  readonly lengthEffect: number;
  /** Two-sided normal interval of φ: if it contains 0, lengths do not explain wins. */
  readonly lengthEffectInterval: { readonly low: number; readonly high: number };
  /**
   * [n], the rate as a mean over prompts: rate + n·∂rate/∂(weight of prompt i), the delta method. Their mean is the rate, their spread the
   * error that the choice of prompts leaves. Those of two policies on the same prompts may be subtracted, prompt by prompt: what both
   * share cancels. For `meanOverSeeds`.
   */
  readonly perPrompt: readonly number[];
  readonly n: number;
}

/**
 * The win rate that a policy would have if its responses were as long as the reference responses.
 *
 * Logistic regression of the outcomes, logit P(win_i) = θ + φ·tanh(Δ_i/s), Δ_i = |y_i| − |y_ref,i|, s the standard
 * deviation of Δ; rate = σ(θ), the prediction at Δ = 0. The hyperbolic tangent keeps a few very long responses from
 * deciding the slope.
 *
 * Ties count as half a win. The errors are the robust ones (the sandwich estimator), which are right for halves too.
 *
 * If all lengths equal the references', or all outcomes are the same, lengths have nothing to explain: the rate is the
 * plain one with its Wilson interval, φ = 0, and the interval of φ is the whole line.
 *
 * Gotcha: it answers what would happen at equal lengths only as far as lengths vary; if all of one policy's responses
 * are longer by the same, θ and φ cannot be told apart.
 *
 * @param outcomes [n], 1 a win, ½ a tie, 0 a loss, from `pairOutcomes`
 * @param policyLengths [n], lengths of the policy's responses, in tokens or characters
 * @param referenceLengths [n], lengths of what they are compared with, in the same unit
 * @param confidence of both intervals; 0.95 by default
 * @throws {GoldEvalError} `invalid-lengths` if the lists differ in length or are empty, `invalid-value` for outcomes
 *   outside [0, 1], for lengths that are not numbers or all differ from the reference's by (almost) the same amount other than 0,
 *   and if lengths separate wins from losses, so that no finite φ fits best, `invalid-option` for a bad confidence
 * @example
 * const outcomes = [1, 1, 0, 1, 0, 0, 1, 0];
 * const longer = [30, 22, 14, 25, 12, 26, 11, 15];
 * const { rate, lengthEffect } = lengthControlledWinRate(outcomes, longer, Array(8).fill(15));
 * console.log(rate.toFixed(2), lengthEffect > 0); // 0.40 true
 * @see Y. Dubois et al., "Length-controlled AlpacaEval: a simple way to debias automatic evaluators" (2024), equation 4,
 *   without its terms for models and instructions
 */
export function lengthControlledWinRate(
  outcomes: ArrayLike<number>,
  policyLengths: ArrayLike<number>,
  referenceLengths: ArrayLike<number>,
  confidence: number = 0.95,
): LengthControlledWinRate {
  const z = normalQuantile(confidence);
  const n = outcomes.length;
  if (n === 0 || policyLengths?.length !== n || referenceLengths?.length !== n) {
    throw new GoldEvalError(
      'invalid-lengths',
      `expected one outcome and two lengths per prompt, got ${n} outcomes, ${policyLengths?.length ?? 'no'} lengths of the policy, ` +
        `and ${referenceLengths?.length ?? 'none'} of the reference.`,
    );
  }
  requireOutcomes(outcomes);
  const wins = Array.from(outcomes);
  const differences = lengthDifferences(policyLengths, referenceLengths);
  if (differences.every((difference) => difference === 0) || wins.every((value) => value === wins[0])) {
    const points = wins.reduce((sum, outcome) => sum + outcome, 0);
    const flat = { lengthEffect: 0, lengthEffectInterval: { low: -Infinity, high: Infinity } };
    return {
      rate: points / n,
      ...wilsonInterval(points, n, confidence),
      ...flat,
      perPrompt: wins,
      n,
    };
  }

  const features = lengthFeatures(differences);
  const { intercept, slope, covariance, inverse } = fit(wins, features);
  const interceptError = Math.sqrt(covariance[0]);
  const slopeError = Math.sqrt(covariance[1]);
  const rate = sigmoid(intercept);
  // Dropping a prompt moves θ by the first row of A⁻¹ times its score.
  const perPrompt = wins.map((outcome, index) => {
    const x = features[index] ?? Number.NaN;
    const score = outcome - sigmoid(intercept + slope * x);
    return rate + n * rate * (1 - rate) * (inverse[0] + inverse[1] * x) * score;
  });
  return {
    rate,
    low: sigmoid(intercept - z * interceptError),
    high: sigmoid(intercept + z * interceptError),
    lengthEffect: slope,
    lengthEffectInterval: { low: slope - z * slopeError, high: slope + z * slopeError },
    perPrompt,
    n,
  };
}

function lengthDifferences(policy: ArrayLike<number>, reference: ArrayLike<number>): number[] {
  return Array.from(policy, (length, index) => {
    const other = reference[index] as number;
    // Not their difference alone: what is missing may be null, which counts as 0.
    if (![length, other].every(Number.isFinite)) {
      throw new GoldEvalError(
        'invalid-value',
        `the lengths of pair ${index} must be numbers, got ${shown(length)} and ${shown(other)}.`,
      );
    }
    return length - other;
  });
}

function lengthFeatures(differences: readonly number[]): number[] {
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / differences.length;
  if (variance === 0) {
    throw new GoldEvalError(
      'invalid-value',
      "all lengths differ from the reference's by the same amount; lengths that do not vary cannot be controlled for.",
    );
  }
  return differences.map((difference) => Math.tanh(difference / Math.sqrt(variance)));
}

/**
 * Features that are all nearer to each other than this are those of lengths that hardly vary beside how far they are from the
 * reference's: where no φ fits them, the outcomes are not to blame.
 */
const LEAST_SPREAD = 0.1;

/** Newton's method on the Bernoulli log-likelihood; variances of intercept and slope by the sandwich A⁻¹·B·A⁻¹; the first row of A⁻¹. */
function fit(
  outcomes: readonly number[],
  features: readonly number[],
): {
  intercept: number;
  slope: number;
  covariance: readonly [number, number];
  inverse: readonly [number, number];
} {
  let intercept = 0;
  let slope = 0;
  for (let iteration = 0; iteration < 50; iteration++) {
    const { gradient, information, scatter } = derivatives(outcomes, features, intercept, slope);
    const determinant = information[0] * information[2] - information[1] ** 2;
    const stepIntercept = (information[2] * gradient[0] - information[1] * gradient[1]) / determinant;
    const stepSlope = (information[0] * gradient[1] - information[1] * gradient[0]) / determinant;
    if (Math.abs(stepIntercept) + Math.abs(stepSlope) < 1e-10) {
      const [a, b, c] = information;
      const rows = [
        [c / determinant, -b / determinant],
        [-b / determinant, a / determinant],
      ] as const;
      const sandwich = ([x, y]: readonly [number, number]): number =>
        x * x * scatter[0] + 2 * x * y * scatter[1] + y * y * scatter[2];
      return { intercept, slope, covariance: [sandwich(rows[0]), sandwich(rows[1])], inverse: rows[0] };
    }
    intercept += stepIntercept;
    slope += stepSlope;
    if (!(Math.abs(intercept) + Math.abs(slope) < 50)) break;
  }
  throw new GoldEvalError(
    'invalid-value',
    spreadOf(features) < LEAST_SPREAD
      ? "all lengths differ from the reference's by almost the same amount; lengths that do not vary cannot be controlled for."
      : 'lengths separate the wins from the losses, so that no finite length effect fits best; give more prompts.',
  );
}

/** The largest of some values less the smallest, however many they are. */
function spreadOf(values: readonly number[]): number {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY) - low;
}

/** Gradient, information [θθ, θφ, φφ] and scatter Σ (y − p)²·x·xᵀ in the same order. */
function derivatives(
  outcomes: readonly number[],
  features: readonly number[],
  intercept: number,
  slope: number,
): {
  gradient: readonly [number, number];
  information: readonly [number, number, number];
  scatter: readonly [number, number, number];
} {
  const gradient: [number, number] = [0, 0];
  const information: [number, number, number] = [0, 0, 0];
  const scatter: [number, number, number] = [0, 0, 0];
  for (const [index, outcome] of outcomes.entries()) {
    const x = features[index] ?? Number.NaN;
    const p = sigmoid(intercept + slope * x);
    const residual = outcome - p;
    gradient[0] += residual;
    gradient[1] += residual * x;
    for (const [entry, product] of [1, x, x * x].entries()) {
      information[entry as 0] += p * (1 - p) * product;
      scatter[entry as 0] += residual ** 2 * product;
    }
  }
  return { gradient, information, scatter };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
