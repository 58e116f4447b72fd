import type { CausalLanguageModel } from '@ais/language-model';
import type { DemoContext } from './demo-context.js';

/**
 * Samples responses at temperature 1, a list for each example, as tokens without the prompt.
 *
 * @param samples responses a prompt
 * @param task the words under which progress is reported
 */
export async function sampleResponses(
  context: DemoContext,
  model: CausalLanguageModel,
  examples: readonly { readonly prompt: readonly number[] }[],
  samples: number,
  task: string,
): Promise<number[][][]> {
  const { settings, signal } = context;
  const generations = await model.generate(
    examples.map(({ prompt }) => prompt),
    {
      maxNewTokens: settings.corpus.maxResponseTokens,
      temperature: 1,
      samples,
      seed: settings.seed,
      signal,
      onProgress: ({ finishedResponses, responses }) =>
        context.progress({ task, completed: finishedResponses, total: responses }),
    },
  );
  const responses: number[][][] = examples.map(() => []);
  for (const { prompt, sample, tokens } of generations) {
    const own = responses[prompt];
    if (own) own[sample] = tokens;
  }
  return responses;
}
