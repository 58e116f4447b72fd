import { KlError } from './errors.js';

/** A mean over sequences with its standard error; nats. */
export interface SequenceKl {
  /** Mean over sequences of the sum over each one's tokens. */
  readonly mean: number;
  /** Sample standard deviation of the sums over √(number of sequences); NaN for a single sequence. */
  readonly standardError: number;
  /** √mean, the axis of every figure; 0 if an estimator's mean is negative. */
  readonly squareRoot: number;
  /** Standard error of √mean by the delta method, standardError / (2·√mean); NaN at mean 0. */
  readonly squareRootStandardError: number;
  /** Mean over all tokens of all sequences. */
  readonly perToken: number;
  readonly sequences: number;
  readonly tokens: number;
  /** The sum of each sequence, in their order. */
  readonly sums: readonly number[];
}

/**
 * Sums token values over ragged sequences.
 *
 * sum_n = Σ_{t=1}^{length_n} value_{n,t}, in double precision.
 *
 * @param tokenValues the tokens' values, one sequence after another, no padding
 * @param lengths tokens in each sequence; an empty sequence sums to 0
 * @returns [sequences], the sums
 * @throws {KlError} `invalid-lengths` if a length is not a count, or the lengths do not add up to the number of values,
 *   `invalid-value` for a value that is not of type number; NaN is one, and gives NaN
 * @example
 * console.log(sequenceSums([1, 2, 3], [2, 1])); // [ 3, 3 ]
 */
export function sequenceSums(tokenValues: ArrayLike<number>, lengths: ArrayLike<number>): number[] {
  let position = 0;
  // Not `lengths.map`, which would round the sums where lengths are an Int32Array.
  const sums = Array.from(lengths, (length, index) => {
    if (!Number.isInteger(length) || length < 0) {
      throw new KlError('invalid-lengths', `lengths[${index}] must be an integer ≥ 0, got ${length}.`);
    }
    let sum = 0;
    for (const end = position + length; position < end; position++) {
      const value = position < tokenValues.length ? tokenValues[position] : Number.NaN;
      sum += requireNumber(value, 'token', position);
    }
    return sum;
  });
  if (position !== tokenValues.length) {
    throw new KlError(
      'invalid-lengths',
      `the lengths add up to ${position} tokens, but there are ${tokenValues.length} values; ` +
        'pass one value per token, without padding.',
    );
  }
  return sums;
}

/**
 * The KL divergence of a policy over whole responses, from its tokens' values.
 *
 * (1/N)·Σ_n Σ_t KL(π_θ(·|x_n, y_{n,<t}) ‖ π_ref(·|x_n, y_{n,<t})) with responses y_n sampled from π_θ. Summed over a
 * response's tokens, the end-of-text token included; averaged over responses. By the chain rule its expectation
 * is the KL divergence of the two models' distributions over whole responses.
 *
 * @param tokenValues the values of {@link exactKl}, or of {@link k1}, {@link k2}, {@link k3}, one response after another
 * @param lengths [N], tokens in each response
 * @returns mean, standard error over responses, their square roots, the mean per token, and each response's sum
 * @throws {KlError} `invalid-lengths` if there is no sequence or the lengths do not match the values, `invalid-value` for a value
 *   that is not a number
 * @example
 * const { mean, standardError } = sequenceKl([1, 2, 3, 5], [2, 1, 1]);
 * console.log(mean.toFixed(4), standardError.toFixed(4)); // 3.6667 0.6667
 */
export function sequenceKl(tokenValues: ArrayLike<number>, lengths: ArrayLike<number>): SequenceKl {
  return summarizeSums(sequenceSums(tokenValues, lengths), tokenValues.length);
}

/**
 * What {@link sequenceKl} returns, from sums that were computed batch by batch.
 *
 * @param perSequence [N], one sum for each response, in nats
 * @param tokens number of tokens that the sums run over, all responses together
 * @throws {KlError} `invalid-lengths` if there is no sum, `invalid-value` for one that is not a number
 * @example
 * console.log(summarizeSums([3, 3, 5], 4).perToken); // 2.75
 */
export function summarizeSums(perSequence: ArrayLike<number>, tokens: number): SequenceKl {
  const sums = Array.from(perSequence);
  const count = sums.length;
  if (count === 0) throw new KlError('invalid-lengths', 'a mean needs at least one sequence, got none.');
  for (let index = 0; index < count; index++) requireNumber(sums[index], 'sequence', index);
  const total = sums.reduce((sum, value) => sum + value, 0);
  const mean = total / count;
  const squares = sums.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = count > 1 ? Math.sqrt(squares / (count - 1) / count) : Number.NaN;
  const squareRoot = Math.sqrt(Math.max(0, mean));
  return {
    mean,
    standardError,
    squareRoot,
    squareRootStandardError: squareRoot > 0 ? standardError / (2 * squareRoot) : Number.NaN,
    perToken: tokens > 0 ? total / tokens : Number.NaN,
    sequences: count,
    tokens,
    sums,
  };
}

/** Not what is missing, nor text, which a sum would join: only a diverged model's NaN, which shows in what comes of it. */
function requireNumber(value: unknown, what: string, index: number): number {
  if (typeof value === 'number') return value;
  throw new KlError(
    'invalid-value',
    `the value of ${what} ${index} must be a number, got ${JSON.stringify(value)}.`,
  );
}
