import type { CausalLanguageModel } from '@ais/language-model';
import { fingerprintExamples, fingerprintParameters, openPartialWork } from '@ais/trainer';
import { inParts } from '../in-parts.js';
import type { StageContext } from './stage-context.js';

export interface SamplingOptions {
  /** Responses a prompt. */
  readonly samples: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  /** The words under which progress is reported. */
  readonly task: string;
  /** Where an interrupted attempt's samples are; to be removed once they stand elsewhere. */
  readonly path: string;
}

/** Responses in a part: what an interruption may lose. */
const PART_RESPONSES = 512;

/** Samples responses at temperature 1, a list for each example, as tokens without the prompt. */
export async function sampleResponses(
  model: CausalLanguageModel,
  examples: readonly { readonly prompt: readonly number[] }[],
  { samples, maxNewTokens, seed, task, path }: SamplingOptions,
  { signal, progress }: Pick<StageContext, 'signal' | 'progress'>,
): Promise<number[][][]> {
  const prompts = examples.map(({ prompt }) => prompt);
  const inputs = {
    model: await fingerprintParameters(model.parameters),
    prompts: fingerprintExamples(prompts),
    ...{ samples, maxNewTokens, seed },
  };
  // The longest first, as within a call: so a part holds prompts of similar length.
  const order = [...prompts.keys()].sort(
    (a, b) => (prompts[b]?.length ?? 0) - (prompts[a]?.length ?? 0) || a - b,
  );
  const size = Math.ceil(PART_RESPONSES / samples);
  const indicesOf = (part: number): number[] => order.slice(part * size, (part + 1) * size);
  const total = samples * prompts.length;
  const work = await openPartialWork<number[][]>(path, inputs, 'if-same');
  const parts = await inParts(work, Math.ceil(order.length / size), async (part) => {
    const streams = indicesOf(part);
    const generations = await model.generate(
      streams.map((index) => prompts[index] ?? []),
      {
        ...{ maxNewTokens, samples, seed, streams, signal },
        temperature: 1,
        onProgress: ({ finishedResponses }) =>
          progress({ task, completed: part * size * samples + finishedResponses, total }),
      },
    );
    return generations.map(({ tokens }) => tokens);
  });
  const responses: number[][][] = prompts.map(() => []);
  parts.forEach((tokens, part) => {
    indicesOf(part).forEach((index, row) => {
      responses[index] = tokens.slice(row * samples, (row + 1) * samples);
    });
  });
  return responses;
}
