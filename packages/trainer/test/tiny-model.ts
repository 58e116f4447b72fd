import type { TokenizedExample, TokenizedPair } from '@ais/data';
import { type CausalLanguageModel, createModel } from '@ais/language-model';
import { createRandom } from '@ais/runtime';
import { afterEach } from 'vitest';

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

/** Makes tiny models, of which it disposes after each test, or when asked to. */
export function tinyModels(): {
  readonly newModel: () => CausalLanguageModel;
  readonly disposeAll: () => void;
} {
  const models: CausalLanguageModel[] = [];
  const disposeAll = (): void => {
    for (const model of models.splice(0)) model.dispose();
  };
  afterEach(disposeAll);
  return {
    newModel: () => {
      const model = tinyModel();
      models.push(model);
      return model;
    },
    disposeAll,
  };
}

/** All parameters, one after another. */
export function weightsOf(model: CausalLanguageModel): number[] {
  return [...model.parameters.values()].flatMap((variable) => [...variable.dataSync()]);
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
