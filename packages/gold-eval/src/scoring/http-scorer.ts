import { GoldEvalError } from '../errors.js';
import { checkTimeout } from '../requests/check-timeout.js';
import { mergeHeaders } from '../requests/merge-headers.js';
import { postJson, quoted } from '../requests/post-json.js';
import { type RetryOptions, withRetries } from '../requests/retry.js';
import type { ScoredText, Scorer } from './scorer.js';

/** Options of `httpScorer`. */
export interface HttpScorerOptions extends RetryOptions {
  /** Sent with every request, for instance an authorization; they win over the content type and over a password in the address. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The longest that one attempt may take, in milliseconds, or `Infinity` for no deadline; 300,000 by default. */
  readonly timeout?: number;
  /** Sends the requests; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A scorer that is another process: a checkpoint served from Python, or a judge on the network.
 *
 * Each batch is one POST of `{"items": [{"prompt", "response"}, …]}`, answered by `{"rewards": [number, …]}` in the same
 * order. A batch is posted again, after growing waits or the one that `Retry-After` asks for, if the connection fails or the
 * judge is busy or restarting (408, 429, 502, 503, 504). Any other failure is an error at once; `scoreAll` resumes after the
 * last whole batch with the option `done`.
 *
 * Gotcha: a batch that is not answered within `timeout` is posted again. Where a batch takes minutes, set `batchSize` lower, or
 * `timeout` higher; above five minutes Node's own `fetch` gives up first, so pass a `fetch` of your own too.
 *
 * @param name names the judge and its version in reports
 * @param url where to send the batches
 * @throws {GoldEvalError} `invalid-option` for a timeout or a header that cannot be; `scorer-failed`, from `score`, if the judge cannot be reached, fails, or does not answer with such an
 *   object, naming the judge and quoting the answer; the signal's reason as soon as it aborts
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
  checkTimeout(options.timeout);
  const headers = mergeHeaders(options.headers ?? {});
  return {
    specificationVersion: 'v1',
    name,
    score: async (items, { signal } = {}) => {
      const post = () =>
        postJson(`the scorer "${name}"`, url, { items }, isTransient, { ...options, headers, signal });
      return parseRewards(name, await withRetries(post, 'scorer-failed', options, signal));
    },
  };
}

/** A judge that answers 500 has a fault that asking again does not mend. */
function isTransient(status: number): boolean {
  return [408, 429, 502, 503, 504].includes(status);
}

function parseRewards(name: string, text: string): number[] {
  const refusal = (options?: ErrorOptions): GoldEvalError =>
    new GoldEvalError(
      'scorer-failed',
      `the scorer "${name}" must answer {"rewards": [number, …]}, got: ${quoted(text)}`,
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
