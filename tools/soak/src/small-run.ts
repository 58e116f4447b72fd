import type { TokenizedPair } from '@ais/data';
import { type CausalLanguageModel, createModel, type GptNeoxOptions } from '@ais/language-model';
import { adaptiveImportance, dpo } from '@ais/objectives';
import { createRandom } from '@ais/runtime';
import {
  computeReferenceLogProbs,
  cosineSchedule,
  evaluateKl,
  type TrainingOptions,
  type TrainingResult,
  trainPreference,
} from '@ais/trainer';

/** How large a run is: its model, its data, its batches. */
export interface RunSize {
  readonly model: GptNeoxOptions;
  readonly pairs: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly batchSize: number;
  readonly microBatchSize: number;
  /** Prompts to measure the KL divergence on, at this interval of steps; not at all by default. */
  readonly evaluation?: { readonly prompts: number; readonly every: number };
}

/** AIS-DPO of a random model on random pairs: everything that a checkpoint has to hold moves at every step. */
export async function trainSmall(
  size: RunSize,
  {
    referencePath,
    ...options
  }: Partial<TrainingOptions> & {
    readonly directory: string;
    readonly steps: number;
    /** Where the reference's log-probabilities are kept, if they are. */
    readonly referencePath?: string;
  },
  pairs: readonly TokenizedPair[] = randomPairs(size),
): Promise<TrainingResult> {
  const model = createModel(size.model, { seed: 1 });
  const start = size.evaluation && createModel(size.model, { seed: 1 });
  try {
    const reference = await computeReferenceLogProbs(model, pairs, {
      microBatchSize: size.microBatchSize,
      ...(referencePath !== undefined && { path: referencePath }),
    });
    return await trainPreference(
      model,
      reference,
      pairs,
      dpo({ beta: 0.1, importance: adaptiveImportance() }),
      {
        seed: 1,
        batchSize: size.batchSize,
        microBatchSize: size.microBatchSize,
        learningRate: 1e-3,
        schedule: cosineSchedule(),
        warmupFraction: 0.1,
        maxGradientNorm: 1,
        resume: true,
        onWarning: (message) => process.stderr.write(`${message}\n`),
        ...(size.evaluation && start && evaluation(size.evaluation, options.steps, model, start, pairs)),
        ...options,
      },
    );
  } finally {
    model.dispose();
    start?.dispose();
  }
}

function evaluation(
  { prompts, every }: { readonly prompts: number; readonly every: number },
  steps: number,
  model: CausalLanguageModel,
  start: CausalLanguageModel,
  pairs: readonly TokenizedPair[],
): Pick<TrainingOptions, 'evaluateAt' | 'onEvaluate'> {
  return {
    evaluateAt: Array.from({ length: Math.floor(steps / every) }, (_, index) => (index + 1) * every),
    onEvaluate: async ({ signal }) => {
      const some = pairs.slice(0, prompts).map(({ prompt }) => prompt);
      const options = { maxNewTokens: 32, seed: 1, ...(signal && { signal }) };
      const { mean, standardError } = await evaluateKl(model, start, some, options);
      return { 'eval/kl': mean, 'eval/kl_standard_error': standardError };
    },
  };
}

/** Pairs of random tokens that fit a run. */
export function randomPairs(
  { model, pairs, promptTokens, responseTokens }: RunSize,
  seed = 7,
): TokenizedPair[] {
  const random = createRandom(seed, 'pairs');
  const tokens = (length: number): number[] =>
    Array.from({ length }, () => 1 + random.integer(model.vocabularySize - 1));
  return Array.from({ length: pairs }, (_, index) => ({
    id: `pair-${index}`,
    prompt: tokens(Math.max(1, promptTokens - (index % 3))),
    chosen: [...tokens(Math.max(1, responseTokens - (index % 4))), 0],
    rejected: [...tokens(Math.max(1, responseTokens - ((index + 1) % 3))), 0],
  }));
}
