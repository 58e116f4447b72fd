import { DataError } from '../errors.js';

/** A prompt with two responses, the preferred one first; each ends with the end-of-text token if it was finished. */
export interface TokenizedPair {
  id: string;
  prompt: number[];
  chosen: number[];
  rejected: number[];
  /** Pairs of one family stay on one side of a split. */
  family?: string;
  /** What is known of the pair in numbers, by name, such as the score of each response. */
  numbers?: Readonly<Record<string, number>>;
}

/** A pair with what decided it. */
export interface ScoredPair extends TokenizedPair {
  chosenScore: number;
  rejectedScore: number;
  /** chosenScore − rejectedScore, positive. */
  margin: number;
}

/** A response that a policy sampled, and what a gold model gave it. */
export interface ScoredResponse {
  /** The index of its prompt. */
  readonly prompt: number;
  readonly tokens: readonly number[];
  readonly score: number;
}

/** Options of `preferencePairs`. */
export interface PreferencePairsOptions {
  /** A response of this token alone is empty. */
  endOfTextToken: number;
  /** Turns tokens into text, so that responses of white space alone count as empty too. */
  decode?: (tokens: readonly number[]) => string;
}

/** How many prompts gave a pair, and why others did not. */
export interface PreferencePairsCounts {
  prompts: number;
  pairs: number;
  /** Both responses have the same tokens. */
  identical: number;
  /** At least one response is empty. */
  empty: number;
  /** Both responses have the same score. */
  tied: number;
  /** Pairs, among those kept, with a response that reached its length limit before its end. */
  unfinished: number;
}

/**
 * Makes preference pairs as the paper does: two sampled responses per prompt, ordered by their gold scores.
 *
 * Identical, empty and tied responses give no pair and are counted, in this order.
 *
 * @param prompts the prompts that were continued
 * @param responses two of each prompt, in any order
 * @param options the end-of-text token
 * @returns the pairs in the order of their prompts, and the counts
 * @throws {DataError} `invalid-score` where a score is not finite; `invalid-option` where a prompt has not two
 *   responses, or a response no prompt
 * @example
 * const { pairs, counts } = preferencePairs(
 *   [{ id: 'a', prompt: [5, 6] }],
 *   [{ prompt: 0, tokens: [7, 0], score: 1.5 }, { prompt: 0, tokens: [8, 0], score: -0.5 }],
 *   { endOfTextToken: 0 },
 * );
 * // pairs[0].chosen is [7, 0], pairs[0].margin is 2
 * @see source paper, section 5: preference data from the policy, labeled by the gold reward model
 */
export function preferencePairs(
  prompts: readonly {
    readonly id: string;
    readonly prompt: readonly number[];
    readonly family?: string;
  }[],
  responses: Iterable<ScoredResponse>,
  options: PreferencePairsOptions,
): { pairs: ScoredPair[]; counts: PreferencePairsCounts } {
  const { endOfTextToken, decode } = options;
  const isEmpty = ({ tokens }: ScoredResponse): boolean =>
    tokens.every((token) => token === endOfTextToken) || decode?.(tokens).trim() === '';
  const pairs: ScoredPair[] = [];
  const counts: PreferencePairsCounts = {
    prompts: prompts.length,
    pairs: 0,
    identical: 0,
    empty: 0,
    tied: 0,
    unfinished: 0,
  };
  const groups = groupByPrompt(prompts, responses);
  for (const [index, { id, prompt, family }] of prompts.entries()) {
    const [first, second] = twoOf(groups[index] ?? [], id);
    if (haveSameTokens(first, second)) counts.identical++;
    else if (isEmpty(first) || isEmpty(second)) counts.empty++;
    else if (first.score === second.score) counts.tied++;
    else {
      const [chosen, rejected] = first.score > second.score ? [first, second] : [second, first];
      pairs.push({
        id,
        ...(family !== undefined && { family }),
        prompt: [...prompt],
        chosen: [...chosen.tokens],
        rejected: [...rejected.tokens],
        chosenScore: chosen.score,
        rejectedScore: rejected.score,
        margin: chosen.score - rejected.score,
      });
      const isFinished = [chosen, rejected].every(({ tokens }) => tokens.at(-1) === endOfTextToken);
      if (!isFinished) counts.unfinished++;
    }
  }
  counts.pairs = pairs.length;
  return { pairs, counts };
}

function groupByPrompt(
  prompts: readonly { readonly id: string }[],
  responses: Iterable<ScoredResponse>,
): ScoredResponse[][] {
  const groups: ScoredResponse[][] = prompts.map(() => []);
  for (const response of responses) {
    const group = groups[response.prompt];
    if (group === undefined) {
      throw new DataError(
        'invalid-option',
        `preferencePairs: a response is of prompt ${response.prompt}, but there are ${prompts.length} prompts. Its prompt is an index into them.`,
      );
    }
    if (!Number.isFinite(response.score)) {
      const id = prompts[response.prompt]?.id ?? '';
      throw new DataError(
        'invalid-score',
        `preferencePairs: a response to record ${id} has the score ${response.score}. Check the gold model: its scores must be finite.`,
        { place: { record: id, field: 'score' } },
      );
    }
    group.push(response);
  }
  return groups;
}

function twoOf(group: readonly ScoredResponse[], id: string): [ScoredResponse, ScoredResponse] {
  const [first, second] = group;
  if (first === undefined || second === undefined || group.length > 2) {
    throw new DataError(
      'invalid-option',
      `preferencePairs: record ${id}: expected two responses, got ${group.length}. Sample two per prompt.`,
      { place: { record: id } },
    );
  }
  return [first, second];
}

function haveSameTokens({ tokens: a }: ScoredResponse, { tokens: b }: ScoredResponse): boolean {
  return a.length === b.length && a.every((token, index) => token === b[index]);
}
