import { oracleScore, type TokenizedPair } from '@ais/data';
import type { CorpusExample } from './corpus.js';

/**
 * Pairs of a corpus alone, where no policy has sampled any: a record's own summary against the next record's.
 *
 * On synthetic text the oracle orders the two, and equal ones are left out; on real text the own summary is preferred.
 */
export function sourcePairs(examples: readonly CorpusExample[], source: string): TokenizedPair[] {
  return examples.flatMap((example, index) => {
    const other = examples[(index + 1) % examples.length] ?? example;
    const { id, prompt, response } = example;
    const own = { id, prompt, chosen: response, rejected: other.response };
    const swapped = { id, prompt, chosen: other.response, rejected: response };
    if (response.join() === other.response.join()) return [];
    if (source !== 'synthetic') return [own];
    const margin =
      oracleScore(example.record, example.record.response) -
      oracleScore(example.record, other.record.response);
    if (margin === 0) return [];
    return [margin > 0 ? own : swapped];
  });
}
