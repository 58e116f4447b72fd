import { KlError } from './errors.js';

/** A policy that is small enough to list: the log-probabilities of the next token after a prefix of tokens. */
export type EnumerablePolicy = (prefix: readonly number[]) => readonly number[];

/** Options of `enumerableKl`. */
export interface EnumerationOptions {
  /** The token that ends a response. */
  readonly endOfText: number;
  /** Responses that reach this many tokens end there. */
  readonly maxLength: number;
}

/** A response with its probability under both policies. */
export interface EnumeratedResponse {
  readonly tokens: readonly number[];
  readonly policyLogProb: number;
  readonly referenceLogProb: number;
}

/** KL of a policy whose responses can be enumerated, by two ways that must agree. */
export interface EnumeratedKl {
  /** Σ_y π(y)·(log π(y) − log π_ref(y)) over all responses y. */
  readonly sequence: number;
  /** Σ over prefixes of π(prefix)·KL(π(·|prefix)‖π_ref(·|prefix)): the same by the chain rule. */
  readonly tokens: number;
  /** Every response that the policy can produce, in lexicographic order; their probabilities sum to 1. */
  readonly responses: readonly EnumeratedResponse[];
}

const mostResponses = 200_000;

/**
 * KL(π‖π_ref) over whole responses of two policies that are small enough to list, exactly, in double precision.
 *
 * For tests and teaching: sampled estimates and token sums must agree with it.
 *
 * @param policy log-probabilities of the next token, a normalized distribution over the same vocabulary everywhere
 * @param reference the same for the reference
 * @returns nats, summed over tokens, once directly and once by the chain rule, and all responses; +∞ if the policy can
 *   produce what the reference cannot
 * @throws {KlError} `invalid-value` if log-probabilities are not normalized, `invalid-lengths` if the vocabularies differ,
 *   `invalid-option` if there are more than 200,000 responses or an option is not a count
 * @example
 * const fair = () => [Math.log(0.5), Math.log(0.5)];
 * const biased = () => [Math.log(0.25), Math.log(0.75)];
 * const { sequence, tokens, responses } = enumerableKl(biased, fair, { endOfText: 0, maxLength: 2 });
 * console.log(sequence.toFixed(4), tokens.toFixed(4), responses.length); // 0.2289 0.2289 3
 */
export function enumerableKl(
  policy: EnumerablePolicy,
  reference: EnumerablePolicy,
  { endOfText, maxLength }: EnumerationOptions,
): EnumeratedKl {
  if (!Number.isInteger(maxLength) || maxLength < 1 || !Number.isInteger(endOfText) || endOfText < 0) {
    throw new KlError(
      'invalid-option',
      `endOfText must be a token id ≥ 0 and maxLength an integer ≥ 1, got ${endOfText} and ${maxLength}.`,
    );
  }
  const responses: EnumeratedResponse[] = [];
  let chain = 0;
  const visit = (prefix: readonly number[], policyLogProb: number, referenceLogProb: number): void => {
    if (prefix.at(-1) === endOfText || prefix.length === maxLength) {
      if (responses.length === mostResponses) {
        throw new KlError(
          'invalid-option',
          `there are more than ${mostResponses} responses; lower maxLength.`,
        );
      }
      responses.push({ tokens: prefix, policyLogProb, referenceLogProb });
      return;
    }
    const logP = nextToken(policy, prefix, 'policy');
    const logQ = nextToken(reference, prefix, 'reference');
    chain += weighted(policyLogProb, categoricalKl(logP, logQ));
    for (const [token, value] of logP.entries()) {
      if (value === Number.NEGATIVE_INFINITY) continue;
      visit([...prefix, token], policyLogProb + value, referenceLogProb + (logQ[token] ?? Number.NaN));
    }
  };
  visit([], 0, 0);
  return {
    sequence: responses.reduce(
      (sum, { policyLogProb, referenceLogProb }) =>
        sum + weighted(policyLogProb, policyLogProb - referenceLogProb),
      0,
    ),
    tokens: chain,
    responses,
  };
}

/**
 * KL(p‖q) of two listed distributions, in double precision: Σ_i p_i·(log p_i − log q_i).
 *
 * @param logP [n], log-probabilities
 * @param logQ [n]
 * @returns nats; outcomes that p lacks add nothing; one that only q lacks gives +∞
 * @throws {KlError} `invalid-lengths` if the lengths differ
 * @example
 * console.log(categoricalKl([Math.log(0.5), Math.log(0.5)], [Math.log(0.25), Math.log(0.75)]).toFixed(4)); // 0.1438
 */
export function categoricalKl(logP: ArrayLike<number>, logQ: ArrayLike<number>): number {
  if (logP.length !== logQ.length) {
    throw new KlError(
      'invalid-lengths',
      `the distributions have ${logP.length} and ${logQ.length} outcomes; both must be over the same outcomes.`,
    );
  }
  let sum = 0;
  for (let index = 0; index < logP.length; index++) {
    const value = logP[index] ?? Number.NaN;
    if (value === Number.NEGATIVE_INFINITY) continue;
    const difference = value - (logQ[index] ?? Number.NaN);
    sum += weighted(value, difference);
  }
  return Math.max(0, sum);
}

/** p·x from log p > −∞. However little p is, of ∞ it is ∞: the probability may round to 0, and 0·∞ is NaN. */
function weighted(logProb: number, value: number): number {
  return value === Number.POSITIVE_INFINITY ? value : Math.exp(logProb) * value;
}

function nextToken(policy: EnumerablePolicy, prefix: readonly number[], name: string): readonly number[] {
  const logProbs = policy(prefix);
  const total = logProbs.reduce((sum, value) => sum + Math.exp(value), 0);
  if (!(Math.abs(total - 1) < 1e-6)) {
    throw new KlError(
      'invalid-value',
      `the ${name}'s next-token probabilities after [${prefix.join(', ')}] sum to ${total}; return normalized log-probabilities.`,
    );
  }
  return logProbs;
}
