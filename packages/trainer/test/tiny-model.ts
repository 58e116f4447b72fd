import type { TokenizedExample, TokenizedPair } from '@ais/data';
import { type CausalLanguageModel, createModel } from '@ais/language-model';
import { createRandom } from '@ais/runtime';

export const END = 0;
export const VOCABULARY = 16;

/** A GPT-NeoX of a few thousand parameters. */
export function tinyModel(seed = 1): CausalLanguageModel {
  return createModel(
    {
      vocabularySize: VOCABULARY,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      maxPositions: 32,
      initializerRange: 0.3,
      endOfTextTokens: [END],
    },
    { seed },
  );
}

/** Random tokens other than the end of text. */
function tokens(random: ReturnType<typeof createRandom>, length: number): number[] {
  return Array.from({ length }, () => 1 + random.integer(VOCABULARY - 1));
}

export function tinyExamples(count: number): TokenizedExample[] {
  const random = createRandom(7, 'examples');
  return Array.from({ length: count }, (_, index) => ({
    id: `example-${index}`,
    prompt: tokens(random, 2 + (index % 3)),
    response: [...tokens(random, 1 + (index % 4)), END],
  }));
}

export function tinyPairs(count: number): TokenizedPair[] {
  const random = createRandom(7, 'pairs');
  return Array.from({ length: count }, (_, index) => ({
    id: `pair-${index}`,
    prompt: tokens(random, 2 + (index % 3)),
    chosen: [...tokens(random, 1 + (index % 4)), END],
    rejected: [...tokens(random, 1 + ((index + 1) % 3)), END],
  }));
}
