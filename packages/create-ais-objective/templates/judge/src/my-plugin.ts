import { functionScorer, type Scorer } from '@ais/gold-eval';

/** Kept with every result: raise it when scores change. */
const VERSION = 1;

/**
 * Rewards short answers: an example to replace with a judgment of your own.
 *
 * The score is −(words), and −100 for an answer that only repeats the prompt. Higher is better, and scores are compared between
 * responses to one prompt only. The same response must always get the same score.
 */
export const judge: Scorer = functionScorer(`my-plugin@${VERSION}`, ({ prompt, response }) => {
  const answer = response.trim();
  if (answer === prompt.trim()) return -100;
  // 0 less the words: minus 0 would be another number than 0.
  return 0 - answer.split(/\s+/).filter((word) => word !== '').length;
});
