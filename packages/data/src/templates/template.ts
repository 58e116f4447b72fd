import type { SummarizationRecord } from '../records/record.js';

/** What a prompt is made from. */
export type PromptFields = Pick<SummarizationRecord, 'subreddit' | 'title' | 'post'>;

/** What stands after the post in every prompt. */
export const PROMPT_TAIL = '\n\nTL;DR:';

/** What stands before the post in this record's prompt. */
export function promptHead({ subreddit, title }: Pick<PromptFields, 'subreddit' | 'title'>): string {
  return `SUBREDDIT: r/${subreddit}\n\nTITLE: ${title}\n\nPOST: `;
}

/**
 * The TL;DR prompt of a record.
 *
 * `SUBREDDIT: r/{subreddit}\n\nTITLE: {title}\n\nPOST: {post}\n\nTL;DR:`, without a trailing space: the
 * response brings its own.
 *
 * @param fields subreddit, title and post, used as they are
 * @returns the prompt's text
 * @example
 * formatPrompt({ subreddit: 'cooking', title: 'Soup', post: 'I made soup.' });
 * // 'SUBREDDIT: r/cooking\n\nTITLE: Soup\n\nPOST: I made soup.\n\nTL;DR:'
 * @see Huang et al. 2024, "The N+ Implementation Details of RLHF with PPO", detail 1
 */
export function formatPrompt(fields: PromptFields): string {
  return promptHead(fields) + fields.post + PROMPT_TAIL;
}

/**
 * A summary as the text that continues a prompt: one space, then the summary without white space around it.
 *
 * @param summary the summary
 * @returns the response's text; the end-of-text token is added as a token, not as text
 * @example
 * formatResponse(' Made soup.\n'); // ' Made soup.'
 */
export function formatResponse(summary: string): string {
  return ` ${summary.trim()}`;
}
