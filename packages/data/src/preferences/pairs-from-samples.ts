import { DataError } from '../errors.js';
import type { ComparisonRecord, SampledResponse } from '../records/record.js';

/** A comparison with what decided it. */
export interface ScoredComparison extends ComparisonRecord {
  chosenScore: number;
  rejectedScore: number;
  /** chosenScore − rejectedScore, positive. */
  margin: number;
}

/** How many prompts gave a pair, and why others did not. */
export interface SamplePairsCounts {
  prompts: number;
  pairs: number;
  /** All responses to the prompt are the same text, but for white space around it. */
  identical: number;
  /** The best or the worst response is empty. */
  empty: number;
  /** The best response scores as much as the worst. */
  tied: number;
  /** The prompt has one response. */
  single: number;
}

/**
 * Makes comparisons from sampled responses and gold scores: of the responses to a prompt, the best against the worst.
 * The paper samples two per prompt.
 *
 * A prompt gives no pair where its responses are identical, where the best or the worst is empty, where they tie, or
 * where it has one response; these are counted, in this order. All samples are in memory together.
 *
 * @param samples responses in any order; those with the same prompt belong together
 * @returns one comparison per prompt, in the order in which prompts came, under the id of its prompt's first response;
 *   and the counts
 * @throws {DataError} `invalid-score` where a score is not finite
 * @example
 * const { pairs } = await pairsFromSamples([
 *   { id: 'a1', prompt: 'Post. TL;DR:', response: ' Good.', score: 1.5 },
 *   { id: 'a2', prompt: 'Post. TL;DR:', response: ' Bad.', score: -0.5 },
 * ]);
 * console.log(pairs[0]?.chosen.trim(), pairs[0]?.margin); // Good. 2
 * @see source paper, section 5: preference data from the policy, labeled by the gold reward model
 */
export async function pairsFromSamples(
  samples: Iterable<SampledResponse> | AsyncIterable<SampledResponse>,
): Promise<{ pairs: ScoredComparison[]; counts: SamplePairsCounts }> {
  const groups = new Map<string, SampledResponse[]>();
  for await (const sample of samples) {
    if (!Number.isFinite(sample.score)) {
      throw new DataError(
        'invalid-score',
        `pairsFromSamples: response ${sample.id} has the score ${sample.score}. Check the gold model: its scores must be finite.`,
        { place: { record: sample.id, field: 'score' }, fault: 'not-a-number' },
      );
    }
    const group = groups.get(sample.prompt);
    if (group === undefined) groups.set(sample.prompt, [sample]);
    else group.push(sample);
  }
  const pairs: ScoredComparison[] = [];
  const counts = { prompts: groups.size, pairs: 0, identical: 0, empty: 0, tied: 0, single: 0 };
  for (const group of groups.values()) {
    const pair = bestAgainstWorst(group);
    if (typeof pair === 'string') counts[pair]++;
    else pairs.push(pair);
  }
  counts.pairs = pairs.length;
  return { pairs, counts };
}

function bestAgainstWorst(
  group: readonly SampledResponse[],
): ScoredComparison | 'identical' | 'empty' | 'tied' | 'single' {
  const [first] = group;
  if (first === undefined || group.length === 1) return 'single';
  // The first of equals, so that the order of arrival decides and nothing else.
  let best = first;
  let worst = first;
  for (const sample of group) {
    if (sample.score > best.score) best = sample;
    if (sample.score < worst.score) worst = sample;
  }
  const text = first.response.trim();
  if (group.every(({ response }) => response.trim() === text)) return 'identical';
  if (best.score === worst.score) return 'tied';
  if (best.response.trim() === '' || worst.response.trim() === '') return 'empty';
  if (best.response.trim() === worst.response.trim()) return 'identical';
  return {
    id: first.id,
    prompt: first.prompt,
    chosen: best.response,
    rejected: worst.response,
    chosenScore: best.score,
    rejectedScore: worst.score,
    margin: best.score - worst.score,
    ...(first.family === undefined ? {} : { family: first.family }),
  };
}
