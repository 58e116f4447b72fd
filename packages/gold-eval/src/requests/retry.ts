import { GoldEvalError, type GoldEvalErrorCode } from '../errors.js';
import { LONGEST_TIMER } from './check-timeout.js';

/** How requests that failed for a passing reason are repeated. */
export interface RetryOptions {
  /** How often a failed request is repeated; 5 by default. */
  readonly retries?: number;
  /** The longest wait before a repetition, in milliseconds; 60,000 by default. A server that asks for more is not asked again. */
  readonly longestWait?: number;
  /** Waits; a timer by default. Rejects with the signal's reason as soon as it aborts. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Why a request failed. */
export interface Failure {
  readonly message: string;
  readonly cause?: unknown;
  /** Of the answer, if there was one. */
  readonly status?: number;
  /** Whether the same request may succeed later. */
  readonly transient: boolean;
  /** What the server answered, whole and with whatever secrets it repeats: not for messages. */
  readonly answer?: string;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter?: number | undefined;
}

/** What came of one attempt. */
export type Attempt<T> = { readonly value: T } | { readonly failure: Failure };

const FIRST_WAIT = 500;

/**
 * Repeats an attempt until it succeeds, fails for good, or has failed too often.
 *
 * The k-th wait is 0.5 s · 2^(k−1), at most `longestWait`, of which a random half is left out so that requests that failed together do
 * not return together. It is longer where the server asks for more, and the first one is shorter where the server asks for less.
 *
 * @param attempt one try; what it throws comes through unchanged
 * @param code of the error about the last failure
 * @throws {GoldEvalError} with that code; the signal's reason as soon as it aborts
 */
export async function withRetries<T>(
  attempt: () => Promise<Attempt<T>>,
  code: GoldEvalErrorCode,
  { retries = 5, longestWait = 60_000, sleep = abortableSleep }: RetryOptions,
  signal?: AbortSignal,
): Promise<T> {
  if (!(Number.isInteger(retries) && retries >= 0)) {
    throw new GoldEvalError('invalid-option', `retries must be an integer ≥ 0, got ${retries}.`);
  }
  if (!(typeof longestWait === 'number' && longestWait >= 0)) {
    throw new GoldEvalError(
      'invalid-option',
      `longestWait must be a number of milliseconds ≥ 0, got ${longestWait}.`,
    );
  }
  for (let failed = 0; ; ) {
    signal?.throwIfAborted();
    const result = await attempt();
    if ('value' in result) return result.value;
    const { message, cause, transient, retryAfter } = result.failure;
    failed += 1;
    const tooLong = retryAfter !== undefined && retryAfter > longestWait;
    if (!transient || tooLong || failed > retries) {
      const times = failed > 1 ? ` It failed ${failed} times.` : '';
      const wait = tooLong
        ? ` It asks to wait ${Math.ceil(retryAfter / 1000)} s, longer than the longest wait of ${longestWait / 1000} s.`
        : '';
      throw new GoldEvalError(code, `${message}${times}${wait}`, cause === undefined ? undefined : { cause });
    }
    const wait = Math.min(longestWait, FIRST_WAIT * 2 ** (failed - 1)) * (1 - Math.random() / 2);
    signal?.throwIfAborted();
    // A server whose clock is late asks for no wait each time, which would use up all repetitions at once.
    await sleep(failed === 1 ? (retryAfter ?? wait) : Math.max(retryAfter ?? 0, wait), signal);
  }
}

function abortableSleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(milliseconds, LONGEST_TIMER),
    );
    signal?.addEventListener('abort', stop, { once: true });
  });
}
