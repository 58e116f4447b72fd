import { GoldEvalError, MARK } from '../errors.js';
import { shown } from '../shown.js';
import type { JudgeCallOptions } from './scorer.js';

/** What a judge is asked, for the message if it fails. */
export interface Question {
  /** Who is asked: `the scorer "length"`. */
  readonly who: string;
  /** What it is asked about: "item" or "pair". */
  readonly what: string;
  /** Position of the first of them, and how many there are. */
  readonly start: number;
  readonly count: number;
}

/**
 * Calls a judge, and wraps what it throws in an error that names the judge and the item.
 *
 * @throws {GoldEvalError} `scorer-failed` with the judge's error as its cause. Errors of `@ais` packages, and those of a judge that was
 *   stopped, come through unchanged.
 */
export async function askJudge<Answer>(
  { who, what, start, count }: Question,
  { signal }: JudgeCallOptions,
  ask: () => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (signal?.aborted || isTyped(cause)) throw cause;
    const which = count === 1 ? `${what} ${start}` : `${what}s ${start}–${start + count - 1}`;
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') || cause.name : shown(cause);
    throw new GoldEvalError('scorer-failed', `${who} failed on ${which}: ${why}.`, { cause });
  }
}

function isTyped(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return MARK in error || ('name' in error && error.name === 'AbortError');
}
