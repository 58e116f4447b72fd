/**
 * One of the contenders of a benchmark: something that does the same piece of work again and again.
 *
 * It runs in a process of its own where memory or caches matter, behind the same interface (`startSide`).
 */
export interface Side<Facts = unknown, Answer = unknown> {
  /** What is known before the first repetition: versions, threads. */
  readonly facts: Facts;
  /** Does the work once and says what it took. */
  measure(): Promise<Answer>;
  close(): Promise<void>;
}

/** What every side tells before it measures. */
export interface SideFacts {
  readonly versions: Readonly<Record<string, string>>;
}
