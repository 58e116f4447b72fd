import type { TokenizedExample } from '@ais/data';
import { type Scorer, scoreAll, winRate } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import type { Metrics } from '../loop/training-options.js';
import { evaluateKl } from './evaluate-kl.js';
import { supervisedLoss } from './supervised-loss.js';

export interface EvaluatePolicyOptions {
  /** π_ref, for the exact KL divergence; not measured where absent. */
  readonly reference?: Pick<CausalLanguageModel, 'responseLogitRows'>;
  /** Judges the responses against the references; no win rate where absent. */
  readonly scorer?: Scorer<PromptResponse>;
  readonly maxNewTokens: number;
  /** Of the judged responses; 0.01 by default, as in the source paper. The KL is measured at temperature 1 always. */
  readonly temperature?: number;
  readonly seed: number;
  /** The first so many examples serve the KL divergence; 512 by default. */
  readonly klPrompts?: number;
  readonly signal?: AbortSignal;
  /** Told of responses sampled and divergences measured, out of as many as there will be: those for the KL are others. */
  readonly onProgress?: (completed: number, total: number) => void;
}

/** A response to an example's prompt, and what the scorer gave it. */
export interface JudgedResponse {
  readonly id: string;
  readonly tokens: readonly number[];
  /** NaN without a scorer. */
  readonly reward: number;
}

/** What a policy measures, by the names under which it goes into metrics.jsonl, and its responses. */
export interface PolicyEvaluation {
  readonly metrics: Metrics;
  /** One an example, in order. */
  readonly responses: readonly JudgedResponse[];
}

/**
 * Measures a policy on held-out examples: loss, win rate against their references, exact KL, and samples.
 *
 * - `eval_loss`: mean negative log-likelihood of the reference responses, nats a token
 * - `eval_win_rate`, `eval_win_rate_low`, `eval_win_rate_high`: share of responses that score above the reference,
 *   ties counted ½, with its 95 % Wilson interval; `eval_ties`; `eval_reward`, `eval_reference_reward`: mean scores
 * - `eval_kl`, `eval_kl_standard_error`: KL(π_θ‖π_ref) of whole responses, nats, over the full distribution at each token
 * - `eval_mean_length`: tokens a response, end-of-text included
 *
 * The same seed gives every policy the same random streams, so that differences between policies are paired.
 *
 * @param policy stays as it is
 * @param examples prompts with their reference responses
 * @throws the signal's reason when it aborts
 * @example
 * const { metrics } = await evaluatePolicy(policy, examples, { reference, scorer, maxNewTokens: 53, seed: 1 });
 * console.log(metrics['eval_win_rate'], Math.sqrt(metrics['eval_kl']));
 */
export async function evaluatePolicy(
  policy: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  options: EvaluatePolicyOptions,
): Promise<PolicyEvaluation> {
  const { reference, scorer, maxNewTokens, temperature = 0.01, seed, klPrompts = 512, signal } = options;
  const stopping = signal ? { signal } : {};
  const prompts = examples.map(({ prompt }) => prompt);
  const measured = reference ? prompts.slice(0, klPrompts) : [];
  const report = (completed: number): void =>
    options.onProgress?.(completed, prompts.length + 2 * measured.length);
  const loss = await supervisedLoss(policy, examples, stopping);
  const generations = await policy.generate(prompts, {
    maxNewTokens,
    temperature,
    seed,
    ...stopping,
    onProgress: ({ finishedResponses }) => report(finishedResponses),
  });
  const rewards =
    scorer &&
    (await scoreAll(
      scorer,
      generations.map(({ prompt, tokens }) => ({ prompt: prompts[prompt] ?? [], response: tokens })),
      stopping,
    ));
  const referenceRewards = scorer && (await scoreAll(scorer, examples, stopping));
  const kl =
    reference &&
    (await evaluateKl(policy, reference, measured, {
      maxNewTokens,
      seed,
      ...stopping,
      onProgress: (completed) => report(prompts.length + completed),
    }));
  const won = rewards && referenceRewards && winRate(rewards, referenceRewards);
  return {
    metrics: {
      eval_loss: loss,
      ...(won && {
        eval_win_rate: won.rate,
        eval_win_rate_low: won.low,
        eval_win_rate_high: won.high,
        eval_ties: won.ties,
        eval_reward: mean(rewards),
        eval_reference_reward: mean(referenceRewards),
      }),
      ...(kl && { eval_kl: kl.mean, eval_kl_standard_error: kl.standardError }),
      eval_mean_length: mean(generations.map(({ tokens }) => tokens.length)),
    },
    responses: generations.map(({ prompt, tokens }, index) => ({
      id: examples[prompt]?.id ?? '',
      tokens,
      reward: rewards?.[index] ?? Number.NaN,
    })),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
