import { createTemplate, type Template } from './template.js';

/** What a TL;DR prompt is made from. */
export type TldrFields = {
  readonly subreddit: string;
  readonly title: string;
  readonly post: string;
};

/** What follows the post in every prompt. */
const TAIL = '\n\nTL;DR:';

/**
 * Posts and their summaries as in the TL;DR data set: a prompt without a trailing space, cut at the post's paragraphs,
 * and a response that starts with one space and has no other white space around it.
 *
 * @see Huang et al. 2024, "The N+ Implementation Details of RLHF with PPO", details 1 and 2
 */
export const tldr: Template = createTemplate({
  name: 'tldr',
  prompt: `SUBREDDIT: r/{subreddit}\n\nTITLE: {title}\n\nPOST: {post}${TAIL}`,
  response: ' {summary}',
  cut: 'post',
  trim: ['summary'],
});

/**
 * The TL;DR prompt of a post: `SUBREDDIT: r/{subreddit}\n\nTITLE: {title}\n\nPOST: {post}\n\nTL;DR:`.
 *
 * There is no trailing space: the response brings its own.
 *
 * @param fields subreddit, title and post, used as they are
 * @returns the prompt's text
 * @example
 * formatPrompt({ subreddit: 'cooking', title: 'Soup', post: 'I made soup.' });
 * // 'SUBREDDIT: r/cooking\n\nTITLE: Soup\n\nPOST: I made soup.\n\nTL;DR:'
 */
export function formatPrompt({ subreddit, title, post }: TldrFields): string {
  return tldr.prompt({ subreddit, title, post }).text;
}

/**
 * A summary as the text that continues a TL;DR prompt: one space, then the summary without white space around it.
 *
 * @param summary the summary
 * @returns the response's text; the end-of-text token is added as a token, not as text
 * @example
 * formatResponse(' Made soup.\n'); // ' Made soup.'
 */
export function formatResponse(summary: string): string {
  return tldr.response({ summary });
}

const PROMPT = /^SUBREDDIT: r\/(.*?)\n\nTITLE: (.*?)\n\nPOST: (.*)$/s;

/**
 * The fields of a TL;DR prompt: the inverse of `formatPrompt`.
 *
 * Gotcha: a title that itself contains `\n\nPOST: ` ends there.
 *
 * @param prompt text; white space after `TL;DR:` does not count
 * @returns the fields, or undefined if this is not a TL;DR prompt
 * @example
 * parsePrompt('SUBREDDIT: r/cooking\n\nTITLE: Soup\n\nPOST: I made soup.\n\nTL;DR:')?.title; // 'Soup'
 */
export function parsePrompt(prompt: string): TldrFields | undefined {
  const text = prompt.trimEnd();
  if (!text.endsWith(TAIL)) return undefined;
  const [, subreddit, title, post] = PROMPT.exec(text.slice(0, -TAIL.length)) ?? [];
  if (subreddit === undefined || title === undefined || post === undefined) return undefined;
  return { subreddit, title, post };
}

/** Whether this is the prompt of a CNN/DM article, as `trl-lib` prepares them: `TITLE: …\n\n{article}\n\nTL;DR:`. */
export function isNewsPrompt(prompt: string): boolean {
  return prompt.startsWith('TITLE: ') && prompt.trimEnd().endsWith(TAIL);
}

/** The prompt of a CNN/DM article. */
export function formatNewsPrompt({ title, article }: { title: string; article: string }): string {
  return `TITLE: ${title}\n\n${article}${TAIL}`;
}
