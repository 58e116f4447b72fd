import { GoldEvalError } from '../errors.js';
import type { ScoredText, Scorer } from './scorer.js';

export interface HttpScorerOptions {
  /** Sent with every request, for instance an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Does the request; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A scorer that is another process: a checkpoint served from Python, or a judge on the network.
 *
 * Each batch is one POST of `{"items": [{"prompt", "response"}, …]}`, answered by `{"rewards": [number, …]}` in the same
 * order. Nothing is retried: a failed batch is an error, and `scoreAll` goes on where it stopped with the option `done`.
 *
 * @param name names the judge and its version in reports
 * @param url where to send the batches
 * @throws GoldEvalError `scorer-failed`, from `score`, where the answer is no success or no such object, naming the judge
 *   and quoting the answer; what `fetch` throws, before the answer or within it, comes through unchanged
 * @example
 * const judge = httpScorer('judge@1', 'http://localhost:8000/score', {
 *   fetch: async (_, request) => {
 *     const { items } = JSON.parse(String(request?.body)) as { items: ScoredText[] };
 *     return Response.json({ rewards: items.map(({ response }) => -response.length) });
 *   },
 * });
 * console.log(await scoreAll(judge, [{ prompt: 'a', response: 'four' }])); // [ -4 ]
 */
export function httpScorer<Item = ScoredText>(
  name: string,
  url: string | URL,
  options: HttpScorerOptions = {},
): Scorer<Item> {
  const { headers = {}, fetch = globalThis.fetch } = options;
  return {
    specificationVersion: 'v1',
    name,
    score: async (items, { signal } = {}) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ items }),
        ...(signal ? { signal } : {}),
      });
      const text = await response.text();
      if (!response.ok) {
        throw new GoldEvalError(
          'scorer-failed',
          `the scorer "${name}" answered ${response.status}: ${text.slice(0, 200)}`,
        );
      }
      return parseRewards(name, text);
    },
  };
}

function parseRewards(name: string, text: string): number[] {
  const refusal = (options?: ErrorOptions): GoldEvalError =>
    new GoldEvalError(
      'scorer-failed',
      `the scorer "${name}" answered no JSON object with a list of rewards; it must answer {"rewards": [number, …]}, ` +
        `and answered: ${text.slice(0, 200)}`,
      options,
    );
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw refusal({ cause });
  }
  const rewards =
    typeof answer === 'object' && answer !== null && 'rewards' in answer ? answer.rewards : undefined;
  if (!Array.isArray(rewards)) throw refusal();
  return rewards;
}
