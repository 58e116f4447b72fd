import type { ReadOptions } from './read-report.js';

/** A post and its summary, as TL;DR has them. */
export interface SummarizationRecord {
  /** Unique within its source. */
  id: string;
  subreddit: string;
  title: string;
  post: string;
  summary: string;
  /** Records of one family (say, the packages that one source package builds) stay on one side of a split. */
  family?: string;
}

/** Two responses to a prompt, of which somebody preferred one: text, as TRL has it. */
export interface ComparisonRecord {
  /** Unique within its source. */
  id: string;
  /** What was continued; a TL;DR prompt ends in `TL;DR:`, without a trailing space. */
  prompt: string;
  /** The preferred response, as the source has it. */
  chosen: string;
  rejected: string;
  /** Comparisons of one post stay on one side of a split. */
  family?: string;
}

/** A response that a policy sampled, and what a gold model gave it. */
export interface SampledResponse {
  /** Unique within its source. */
  id: string;
  prompt: string;
  response: string;
  /** Finite; higher is better. */
  score: number;
  family?: string;
}

/**
 * Where records come from. Anything with a name and an async iteration of records is a source.
 *
 * `records` may ignore its options; a source that meets malformed rows passes them to `readFaults`, which stops or
 * counts as the options say.
 *
 * @example
 * const mine: Source = {
 *   name: 'mine',
 *   async *records() {
 *     yield { id: '1', subreddit: 'cooking', title: 'Soup', post: 'I made soup.', summary: 'Made soup.' };
 *   },
 * };
 */
export interface Source<R = SummarizationRecord> {
  readonly name: string;
  /** Streams the records from the start; every call starts anew and gives the same records. */
  records(options?: ReadOptions): AsyncIterable<R>;
}
