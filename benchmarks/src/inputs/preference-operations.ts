import type { TokenizedPair } from '@ais/data';
import { type ModelShape, matrixNumbers } from './model-shapes.js';

/**
 * Floating-point operations that forward and backward of a preference step need, in matrix products alone.
 *
 * A product of a [n, k] with a [k, m] matrix is 2nkm; backward is twice the forward, but as much as the forward where the
 * matrix is frozen and only its input has a gradient (LoRA). Each token of the prompt is counted once for both responses;
 * attention counts the keys that a token may see; the head reads the tokens that predict a response's. Whatever a side
 * computes beyond that (padding, the prompt twice, the reference again, forward passes for want of memory, adapters)
 * earns it nothing here.
 */
export function preferenceOperations(
  model: ModelShape,
  pairs: readonly Pick<TokenizedPair, 'prompt' | 'chosen' | 'rejected'>[],
  { frozen = false }: { readonly frozen?: boolean } = {},
): number {
  const { hiddenSize, vocabularySize, layerCount, headCount, headSize } = model.architecture.shape(
    model.configuration,
  );
  const perToken = matrixNumbers(model);
  let [products, attention] = [0, 0];
  for (const { prompt, chosen, rejected } of pairs) {
    const tokens = prompt.length + chosen.length + rejected.length;
    const visible =
      triangle(prompt.length) +
      [chosen, rejected].reduce((sum, { length }) => sum + length * prompt.length + triangle(length), 0);
    products += 2 * tokens * perToken;
    products += 2 * (chosen.length + rejected.length) * hiddenSize * vocabularySize;
    attention += 2 * layerCount * 2 * visible * headCount * headSize;
  }
  return (frozen ? 2 : 3) * products + 3 * attention;
}

const triangle = (count: number): number => (count * (count + 1)) / 2;
