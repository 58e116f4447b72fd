import type { Judge } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { expect, it } from 'vitest';
import { scoredSamples } from './on-policy-samples.js';

/** Prefers the response whose first token is larger. */
const judge: Judge<PromptResponse> = {
  specificationVersion: 'v1',
  name: 'larger',
  compare: async (pairs) =>
    pairs.map(({ a, b }) => {
      expect(a.prompt).toEqual(b.prompt);
      const margin = a.response[0]! - b.response[0]!;
      return { outcome: margin > 0 ? 1 : margin < 0 ? 0 : 0.5 };
    }),
};

it('a judge that compares gives each sample the share of its prompt’s other samples that it beats', async () => {
  const drawn = [
    [5, 5, 1],
    [2, 4, 3],
  ];
  const policy = {
    generate: async () =>
      drawn.flatMap((tokens, prompt) =>
        tokens.map((token, index) => ({ prompt, tokens: [token], finished: index > 0 })),
      ),
  } as unknown as CausalLanguageModel;
  const prompts = drawn.map((_, index) => ({ id: `${index}`, prompt: [index] }));
  const groups = await scoredSamples(
    { policy, scorer: judge },
    prompts,
    3,
    { directory: '', seed: 1, batchSize: 2, learningRate: 0, maxNewTokens: 1, missingEndPenalty: 0.1 },
    { step: 0 },
  );
  expect(groups.map((group) => group.map(({ reward }) => reward))).toEqual([
    [0.75 - 0.1, 0.75, 0],
    [0 - 0.1, 1, 0.5],
  ]);
});
