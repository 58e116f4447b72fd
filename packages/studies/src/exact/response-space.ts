import type { ContextLength } from '../data/exact-table.js';

/** All responses of `length` tokens, and the contexts in which an autoregressive policy chooses their tokens. */
export interface ResponseSpace {
  /** V, the number of tokens. */
  readonly vocabulary: number;
  /** T, the tokens of every response. */
  readonly length: number;
  /** V^T. A response's number has its tokens as digits to the base V, the first one most significant. */
  readonly responses: number;
  /** Rows of the table of logits: one for each context of at most the context's length. */
  readonly contexts: number;
  /** [responses × length], where in the table, context · V + token, each token's logit is. */
  readonly entries: Int32Array;
  /** [prefixes], the context that follows each prefix; all prefixes of 0 tokens, of 1 token, … of T − 1. */
  readonly prefixContexts: Int32Array;
}

/** V⁰ + … + V^(n − 1): how many sequences are shorter than n, and so where those of n tokens begin. */
function sequencesBelow(vocabulary: number, length: number): number {
  let count = 0;
  for (let tokens = 0; tokens < length; tokens++) count += vocabulary ** tokens;
  return count;
}

/** The responses of a length, for policies that look `context` tokens back, tied over positions. */
export function responseSpace(vocabulary: number, length: number, context: ContextLength): ResponseSpace {
  const seen = context === 'full' ? length - 1 : Math.min(context, length - 1);
  const responses = vocabulary ** length;
  /** Contexts are numbered as prefixes are: the shorter ones first. */
  const contextOf = (prefix: number, tokens: number): number => {
    const kept = Math.min(tokens, seen);
    return sequencesBelow(vocabulary, kept) + (prefix % vocabulary ** kept);
  };
  const prefixContexts = new Int32Array(sequencesBelow(vocabulary, length));
  const entries = new Int32Array(responses * length);
  for (let tokens = 0, node = 0; tokens < length; tokens++) {
    const below = vocabulary ** (length - tokens);
    for (let prefix = 0; prefix < vocabulary ** tokens; prefix++, node++) {
      const at = contextOf(prefix, tokens);
      prefixContexts[node] = at;
      for (let rest = 0; rest < below; rest++) {
        const token = Math.floor(rest / (below / vocabulary));
        entries[(prefix * below + rest) * length + tokens] = at * vocabulary + token;
      }
    }
  }
  const contexts = sequencesBelow(vocabulary, seen + 1);
  return { vocabulary, length, responses, contexts, entries, prefixContexts };
}
