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

/**
 * Where records come from. Anything with a name and an async iteration of records is a source.
 *
 * @example
 * const mine: Source = {
 *   name: 'mine',
 *   async *records() {
 *     yield { id: '1', subreddit: 'cooking', title: 'Soup', post: 'I made soup.', summary: 'Made soup.' };
 *   },
 * };
 */
export interface Source {
  readonly name: string;
  /** Streams the records from the start; every call starts anew and gives the same records. */
  records(): AsyncIterable<SummarizationRecord>;
}
