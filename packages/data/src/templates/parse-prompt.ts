import { PROMPT_TAIL, type PromptFields } from './template.js';

const PROMPT = /^SUBREDDIT: r\/(.*?)\n\nTITLE: (.*?)\n\nPOST: (.*)$/s;

/**
 * The fields of a prompt: the inverse of `formatPrompt`.
 *
 * @param prompt text; white space behind `TL;DR:` does not count
 * @returns the fields, or undefined where this is no TL;DR prompt
 * @example
 * parsePrompt('SUBREDDIT: r/cooking\n\nTITLE: Soup\n\nPOST: I made soup.\n\nTL;DR:')?.title; // 'Soup'
 * @gotcha A title that itself has `\n\nPOST: ` in it ends there.
 */
export function parsePrompt(prompt: string): PromptFields | undefined {
  const text = prompt.trimEnd();
  if (!text.endsWith(PROMPT_TAIL)) return undefined;
  const [, subreddit, title, post] = PROMPT.exec(text.slice(0, -PROMPT_TAIL.length)) ?? [];
  if (subreddit === undefined || title === undefined || post === undefined) return undefined;
  return { subreddit, title, post };
}

/** Whether this is the prompt of a CNN/DM article, as `trl-lib` prepares them: `TITLE: …\n\n{article}\n\nTL;DR:`. */
export function isNewsPrompt(prompt: string): boolean {
  return prompt.startsWith('TITLE: ') && prompt.trimEnd().endsWith(PROMPT_TAIL);
}

/** The prompt of a CNN/DM article. */
export function formatNewsPrompt({ title, article }: { title: string; article: string }): string {
  return `TITLE: ${title}\n\n${article}${PROMPT_TAIL}`;
}
