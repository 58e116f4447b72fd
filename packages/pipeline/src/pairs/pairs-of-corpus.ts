import type { Examples, TokenizedPair } from '@ais/data';
import { oracleScore } from '@ais/data/synthetic';
import { type CorpusExample, promptText, responseText } from '../corpus/corpus.js';
import type { ModelText } from '../corpus/model-text.js';

/**
 * Pairs of a corpus alone, where no policy has sampled any: a record's own response against the next record's.
 *
 * On synthetic text the oracle orders the two, and equal ones are left out; on other text the record's own response is preferred.
 *
 * @param source the corpus's, which says whether the oracle knows its text
 * @example
 * const examples = [
 *   { id: 'a', promptText: 'Why?', responseText: 'So.', prompt: [1], response: [2, 0] },
 *   { id: 'b', promptText: 'How?', responseText: 'Thus.', prompt: [3], response: [4, 0] },
 * ];
 * console.log(pairsOfCorpus(examples, 'posts.csv')[0]); // { id: 'a', prompt: [ 1 ], chosen: [ 2, 0 ], rejected: [ 4, 0 ] }
 */
export function pairsOfCorpus(examples: readonly CorpusExample[], source: string): TokenizedPair[] {
  return examples.flatMap((example, index) => {
    const other = examples[(index + 1) % examples.length] ?? example;
    const { id, prompt, response, family } = example;
    if (response.join() === other.response.join()) return [];
    const known = { id, prompt, ...(family !== undefined && { family }) };
    const own = { ...known, chosen: response, rejected: other.response };
    if (source !== 'synthetic') return [own];
    const judged = ({ responseText: text }: CorpusExample): number =>
      oracleScore({ id: example.id, prompt: example.wholePrompt ?? example.promptText }, text.trim());
    const margin = judged(example) - judged(other);
    if (margin === 0) return [];
    return [margin > 0 ? own : { ...known, chosen: other.response, rejected: response }];
  });
}

/**
 * Held-out prompts of pairs as examples to evaluate on: each prompt once, its preferred response as the reference.
 *
 * @param most the most examples; no more pairs are read than these take
 */
export function examplesOfPairs(
  pairs: Examples<TokenizedPair>,
  text: ModelText,
  most: number,
): CorpusExample[] {
  const decode = responseText(text);
  const decodePrompt = promptText(text);
  const byPrompt = new Map<string, CorpusExample>();
  for (const { id, prompt, chosen, family } of pairs) {
    if (byPrompt.size >= most) break;
    const key = prompt.join();
    if (byPrompt.has(key)) continue;
    byPrompt.set(key, {
      id,
      promptText: decodePrompt(prompt),
      responseText: decode(chosen, prompt),
      ...(family !== undefined && { family }),
      prompt: [...prompt],
      response: [...chosen],
    });
  }
  return [...byPrompt.values()];
}
