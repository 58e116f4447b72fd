import type { CausalLanguageModel } from '@ais/language-model';
import type { StageContext } from './stage-context.js';

export interface SamplingOptions {
  /** Responses a prompt. */
  readonly samples: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  /** The words under which progress is reported. */
  readonly task: string;
}

/** Samples responses at temperature 1, a list for each example, as tokens without the prompt. */
export async function sampleResponses(
  model: CausalLanguageModel,
  examples: readonly { readonly prompt: readonly number[] }[],
  { samples, maxNewTokens, seed, task }: SamplingOptions,
  { signal, progress }: Pick<StageContext, 'signal' | 'progress'>,
): Promise<number[][][]> {
  const generations = await model.generate(
    examples.map(({ prompt }) => prompt),
    {
      maxNewTokens,
      temperature: 1,
      samples,
      seed,
      signal,
      onProgress: ({ finishedResponses, responses }) =>
        progress({ task, completed: finishedResponses, total: responses }),
    },
  );
  const responses: number[][][] = examples.map(() => []);
  for (const { prompt, sample, tokens } of generations) {
    const own = responses[prompt];
    if (own) own[sample] = tokens;
  }
  return responses;
}
