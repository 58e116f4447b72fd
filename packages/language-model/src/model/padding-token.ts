import type { ModelConfiguration } from '../families/architecture.js';
import type { TokenizerFacts } from './tokenizer-facts.js';

/**
 * Chooses the `pad_token_id` of a reward model.
 *
 * `transformers` scores the rightmost token that is not the padding token. So no text may end with it: it is neither
 * a word nor an end-of-text token, though configurations and tokenizers of causal models often name the latter. In
 * this order: the tokenizer's padding token; the configuration's; another special token, one whose name has "pad" or
 * the one that starts texts before others; an id that the model has and the tokenizer does not.
 *
 * @returns null if there is none: `transformers` then refuses batches, rather than score them at another token
 */
export function rewardPaddingToken(
  {
    paddingToken,
    endOfTextTokens,
    vocabularySize,
  }: Pick<ModelConfiguration, 'paddingToken' | 'endOfTextTokens' | 'vocabularySize'>,
  tokenizer: TokenizerFacts,
): number | null {
  const isWord = (token: number): boolean =>
    token < tokenizer.vocabularySize && !tokenizer.special.has(token);
  const isUsable = (token: number | null | undefined): token is number =>
    typeof token === 'number' && token < vocabularySize && !endOfTextTokens.includes(token) && !isWord(token);
  const special = [...tokenizer.special.keys()].filter((token) => token !== tokenizer.unknown?.id);
  const candidates = [
    tokenizer.padding?.id,
    paddingToken,
    special.find((token) => /pad/i.test(tokenizer.special.get(token) ?? '') && isUsable(token)),
    tokenizer.startOfText?.id,
    ...special,
    ...(tokenizer.vocabularySize > 0 ? [tokenizer.vocabularySize] : []),
  ];
  return candidates.find(isUsable) ?? null;
}
