import type { TokenizedPair } from '@ais/data';
import type { GptNeoxOptions } from '@ais/language-model';

/**
 * Floating-point operations that forward and backward of a preference step need, in matrix products alone.
 *
 * A product of a [n, k] with a [k, m] matrix is 2nkm; backward is twice the forward. Each token of the prompt is
 * counted once for both responses; attention counts the keys that a token may see; the head reads the tokens
 * that predict a response's. Whatever a side computes beyond that (padding, the prompt twice, the reference again,
 * forward passes for want of memory) earns it nothing here.
 */
export function preferenceOperations(
  { hiddenSize, layerCount, vocabularySize, intermediateSize = 4 * hiddenSize }: GptNeoxOptions,
  pairs: readonly Pick<TokenizedPair, 'prompt' | 'chosen' | 'rejected'>[],
): number {
  let forward = 0;
  for (const { prompt, chosen, rejected } of pairs) {
    const tokens = prompt.length + chosen.length + rejected.length;
    const visible =
      triangle(prompt.length) +
      [chosen, rejected].reduce((sum, { length }) => sum + length * prompt.length + triangle(length), 0);
    const dense = tokens * (4 * hiddenSize ** 2 + 2 * hiddenSize * intermediateSize);
    forward += 2 * layerCount * (dense + 2 * visible * hiddenSize);
    forward += 2 * (chosen.length + rejected.length) * hiddenSize * vocabularySize;
  }
  return 3 * forward;
}

const triangle = (count: number): number => (count * (count + 1)) / 2;
