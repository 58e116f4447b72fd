import {
  compareAll,
  type ItemPair,
  isPairwise,
  type Judge,
  type PairwiseJudge,
  scoreAll,
} from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { createRandom } from '@ais/runtime';
import { TrainerError } from '../errors.js';
import type { Metrics, TrainingOptions } from '../loop/training-options.js';
import { mean } from '../run/mean.js';
import type { ReferenceSync } from './reference-sync.js';

/** A prompt to continue, as tokens. */
export interface TokenizedPrompt {
  readonly id: string;
  readonly prompt: readonly number[];
}

/** A response that the policy has just sampled, and its reward. */
export interface ScoredSample extends PromptResponse {
  readonly reward: number;
  /** Whether it ended by itself. */
  readonly finished: boolean;
}

/** Options of the stages that learn from the policy's own samples. */
export interface OnPolicyOptions extends TrainingOptions {
  /** Where a response ends if it does not end by itself. */
  readonly maxNewTokens: number;
  /** Subtracted from the reward of a response that did not end by itself; 0 by default. TRL: `missing_eos_penalty`. */
  readonly missingEndPenalty?: number;
  /** Moves the reference toward the policy along the run; it stays by default. */
  readonly referenceSync?: ReferenceSync;
}

/** Who samples and who judges. */
export interface OnPolicyRoles {
  /** π_θ; its parameters are trained in place. */
  readonly policy: CausalLanguageModel;
  /** π_ref; stays as it is, so it is another model than the policy. An objective that reads no reference needs none. */
  readonly reference?: CausalLanguageModel;
  /**
   * The reward R(x, y) of a response, from its tokens. Of a judge that compares, the reward is the share of the prompt's other
   * samples that a response is better than, a tie counted ½.
   */
  readonly scorer: Judge<PromptResponse>;
}

/**
 * Checks that one process trains: each would sample, and ask the judge about, every prompt of a batch again.
 *
 * @throws {TrainerError} `invalid-option`
 */
export function requireOneProcess({ group }: Pick<TrainingOptions, 'group'>): void {
  if (group === undefined || group.size === 1) return;
  throw new TrainerError(
    'invalid-option',
    `Training on the policy's own samples runs in one process, got ${group.size}. Sample and label pairs first (ais generate, ais label) and ` +
      'train on those, or start it without mpirun.',
  );
}

/**
 * Samples responses to a step's prompts at temperature 1 from the current policy, and scores them.
 *
 * The random stream is derived from the run's seed and the step alone, so a run that was resumed samples what the
 * unbroken one does.
 *
 * @param samples responses per prompt
 * @returns [prompts][samples]
 */
export async function scoredSamples(
  { policy, scorer }: Pick<OnPolicyRoles, 'policy' | 'scorer'>,
  prompts: readonly TokenizedPrompt[],
  samples: number,
  { seed, maxNewTokens, missingEndPenalty = 0 }: OnPolicyOptions,
  { step, signal }: { readonly step: number; readonly signal?: AbortSignal },
): Promise<ScoredSample[][]> {
  const generations = await policy.generate(
    prompts.map(({ prompt }) => prompt),
    {
      maxNewTokens,
      temperature: 1,
      samples,
      seed: stepSeed(seed, step),
      ...(signal && { signal }),
    },
  );
  const responses = generations.map(({ prompt, tokens }) => ({
    prompt: prompts[prompt]?.prompt ?? [],
    response: tokens,
  }));
  const stopping = signal ? { signal } : {};
  const rewards = isPairwise(scorer)
    ? await sharesWon(scorer, responses, generations, samples, stopping)
    : await scoreAll(scorer, responses, stopping);
  const groups: ScoredSample[][] = prompts.map(() => []);
  generations.forEach(({ prompt, finished }, index) => {
    const response = responses[index];
    const reward = (rewards[index] ?? Number.NaN) - (finished ? 0 : missingEndPenalty);
    if (response) groups[prompt]?.push({ ...response, reward, finished });
  });
  return groups;
}

/** Each response's share of the comparisons with the other responses to its prompt, of which there are `samples` − 1. */
async function sharesWon(
  judge: PairwiseJudge<ItemPair<PromptResponse>>,
  responses: readonly PromptResponse[],
  places: readonly { readonly prompt: number }[],
  samples: number,
  stopping: { readonly signal?: AbortSignal },
): Promise<number[]> {
  const couples = responses.flatMap((a, first) =>
    responses.flatMap((b, second) =>
      first < second && places[first]?.prompt === places[second]?.prompt ? [{ a, b, first, second }] : [],
    ),
  );
  const verdicts = await compareAll(judge, couples, stopping);
  const points = responses.map(() => 0);
  for (const [index, { first, second }] of couples.entries()) {
    const outcome = verdicts[index]?.outcome ?? Number.NaN;
    points[first] = (points[first] ?? 0) + outcome;
    points[second] = (points[second] ?? 0) + 1 - outcome;
  }
  return points.map((won) => won / (samples - 1));
}

/** What a step's samples were like, by TRL's names. */
export function sampleMetrics(samples: readonly ScoredSample[]): Metrics {
  const meanOf = (value: (sample: ScoredSample) => number): number => mean(samples.map(value));
  return {
    'objective/scores': meanOf(({ reward }) => reward),
    'val/contain_eos_token': meanOf(({ finished }) => Number(finished)),
    'completions/mean_length': meanOf(({ response }) => response.length),
  };
}

/** A seed of the step's own. */
function stepSeed(seed: number, step: number): number {
  return createRandom(seed, 'on-policy', step).integer(2 ** 48);
}

/**
 * The reference if an objective reads it; nothing if it does not.
 *
 * @throws {TrainerError} `missing-reference` if it reads one and there is none; `invalid-option` if it is the policy itself
 */
export function readableReferenceModel(
  { name, requires }: Pick<Objective, 'name' | 'requires'>,
  { policy, reference }: OnPolicyRoles,
): CausalLanguageModel | undefined {
  if (!requires.reference) return undefined;
  if (!reference) {
    throw new TrainerError(
      'missing-reference',
      `The objective "${name}" reads the reference's log-probabilities. Load the model a second time for the reference.`,
    );
  }
  if (policy === reference) {
    throw new TrainerError(
      'invalid-option',
      'The reference is the policy itself and would move with it. Load the model a second time for the reference.',
    );
  }
  return reference;
}
