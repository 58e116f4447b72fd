import type { TokenizedExample } from '@ais/data';
import {
  compareAll,
  isPairwise,
  type Judge,
  type PairVerdict,
  pairOutcomes,
  positionBias,
  type Scorer,
  scoreAll,
  type WinRate,
  winRateOfOutcomes,
} from '@ais/gold-eval';
import type { SequenceKl } from '@ais/kl';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { TrainerError } from '../errors.js';
import type { Metrics } from '../loop/training-metrics.js';
import { evaluateKl, klAlongResponses } from './evaluate-kl.js';
import { supervisedLoss } from './supervised-loss.js';

/** What is measured, and how. */
export interface PolicyEvaluatorOptions {
  /** π_ref, for the exact KL divergence; without it, none is measured. */
  readonly reference?: Pick<CausalLanguageModel, 'responseLogitRows'>;
  /** Judges the responses beside the examples' own, by rewards or in pairs; without it, there is no win rate. */
  readonly scorer?: Judge<PromptResponse>;
  /** What the scorer gave the examples' own responses, where that is known; by default the first call scores them. */
  readonly referenceRewards?: readonly number[];
  /** Whether to measure the loss on the examples' own responses; true by default. */
  readonly loss?: boolean;
  /** Most tokens of a response, the end-of-text token included. */
  readonly maxNewTokens: number;
  /** Of the judged responses; 0.01 by default, as in the source paper. 0 is greedy. */
  readonly temperature?: number;
  /**
   * Of the responses that the KL divergence is measured on; 1 by default, where their mean is that of whole sequences. At the
   * temperature of the judged responses it is measured along those.
   */
  readonly klTemperature?: number;
  /** The KL divergence is measured on the first so many prompts; 512 by default. */
  readonly klPrompts?: number;
  readonly seed: number;
  /** Sequences in one call of the models (loss: 16, kl: 8) or of the scorer (score: 64). Results differ by rounding at most. */
  readonly batchSizes?: { readonly loss?: number; readonly score?: number; readonly kl?: number };
}

/** How a call of an evaluator is followed and stopped. */
export interface EvaluationControl {
  /** Only this many examples, from the first; all by default. */
  readonly prompts?: number;
  readonly signal?: AbortSignal;
  /** Told of responses sampled, scored, and measured, out of as many as there will be. */
  readonly onProgress?: (completed: number, total: number) => void;
}

/** Options of `evaluatePolicy`. */
export interface EvaluatePolicyOptions extends PolicyEvaluatorOptions, EvaluationControl {}

/** A response to an example's prompt. */
export interface JudgedResponse {
  readonly id: string;
  readonly tokens: readonly number[];
  /** Tokens, end-of-text included. */
  readonly length: number;
  /** Whether it ended by itself. */
  readonly finished: boolean;
  /**
   * What the scorer gave it, and what it gave the example's own response; of a judge that compares, 1, ½, or 0 for the better,
   * an equal, or the worse response. Absent without a scorer.
   */
  readonly reward?: number;
  readonly referenceReward?: number;
}

/** What was measured. */
export interface PolicyEvaluation {
  /** By the names under which they go into metrics.jsonl. */
  readonly metrics: Metrics;
  /** One per example, in order. */
  readonly responses: readonly JudgedResponse[];
  /** Against the examples' own responses; absent without a scorer. */
  readonly winRate?: WinRate;
  /** 1, ½ (tie), or 0 for each response, in order; absent without a scorer. */
  readonly outcomes?: readonly number[];
  /** Exact KL(π_θ‖π_ref) of whole responses in nats; absent without a reference. */
  readonly kl?: MeasuredKl;
}

/** A KL divergence of whole responses in nats, with that of each response, in the order of the examples. */
export interface MeasuredKl {
  readonly mean: number;
  readonly standardError: number;
  readonly perPrompt: readonly number[];
}

/** Measures policies on the same examples in the same way. */
export interface PolicyEvaluator {
  /**
   * @param policy stays as it is
   * @throws the signal's reason when it aborts
   */
  evaluate(policy: CausalLanguageModel, control?: EvaluationControl): Promise<PolicyEvaluation>;
}

/**
 * Measures a policy once; `policyEvaluator` measures along a run, and scores the examples' own responses once only.
 *
 * @param policy stays as it is
 * @param examples prompts with their reference responses
 * @returns see `policyEvaluator`
 * @throws the signal's reason when it aborts
 * @example
 * const { metrics } = await evaluatePolicy(policy, examples, { reference, scorer, maxNewTokens: 53, seed: 1 });
 * console.log(metrics['eval_win_rate'], Math.sqrt(metrics['eval_kl']));
 */
export function evaluatePolicy(
  policy: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  { signal, onProgress, prompts, ...options }: EvaluatePolicyOptions,
): Promise<PolicyEvaluation> {
  return policyEvaluator(examples, options).evaluate(policy, {
    ...(prompts !== undefined && { prompts }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
}

/**
 * Makes what measures policies on held-out examples: loss, win rate against their responses, exact KL, and samples.
 *
 * - `eval_loss`: mean negative log-likelihood of the examples' responses, nats per token
 * - `eval_win_rate`, `eval_win_rate_low`, `eval_win_rate_high`: share of responses that score above the example's,
 *   ties counted ½, with its 95 % Wilson interval; `eval_ties`; `eval_reward`, `eval_reference_reward`: mean scores
 * - `eval_position_bias`: of a judge that compares in both orders, the share of verdicts that the order changed
 * - `eval_kl`, `eval_kl_standard_error`: KL(π_θ‖π_ref) of whole responses, nats, over the full distribution at each token
 * - `eval_mean_length`: tokens per response, end-of-text included
 *
 * Every policy gets the same random streams, so differences between policies are paired. The examples' own responses
 * are scored by the first call.
 *
 * @param examples prompts with their reference responses
 * @throws {TrainerError} `invalid-option` for a number of `referenceRewards` that is not that of the examples
 * @example
 * const evaluator = policyEvaluator(examples, { scorer, maxNewTokens: 4, seed: 1 });
 * for (const model of [reference, policy]) {
 *   const { metrics } = await evaluator.evaluate(model);
 *   console.log(metrics['eval_win_rate'] >= 0);
 * }
 */
export function policyEvaluator(
  examples: readonly TokenizedExample[],
  options: PolicyEvaluatorOptions,
): PolicyEvaluator {
  const { reference, scorer, loss = true, maxNewTokens, seed, batchSizes = {} } = options;
  const { temperature = 0.01, klTemperature = 1, klPrompts = 512 } = options;
  const sameResponses = klTemperature === temperature;
  let { referenceRewards } = options;
  if (referenceRewards && referenceRewards.length !== examples.length) {
    throw new TrainerError(
      'invalid-option',
      `referenceRewards must have one reward per example, got ${referenceRewards.length} for ${examples.length}.`,
    );
  }
  /** Judgments of that many responses, with those of all the examples' own where they are not known yet. */
  const judgments = (responses: number): number => {
    if (!scorer) return 0;
    return responses + (isPairwise(scorer) || referenceRewards ? 0 : examples.length);
  };

  return {
    async evaluate(policy, { prompts: count = examples.length, signal, onProgress } = {}) {
      const asked = examples.slice(0, count);
      const prompts = asked.map(({ prompt }) => prompt);
      const measured = reference ? prompts.slice(0, klPrompts) : [];
      const stopping = signal ? { signal } : {};
      const total = prompts.length + judgments(prompts.length) + (sameResponses ? 1 : 2) * measured.length;
      let before = 0;
      const report = (completed: number): void => onProgress?.(before + completed, total);
      const asking = { ...stopping, ...batch(batchSizes.score), onProgress: report };
      const score = async (
        own: Scorer<PromptResponse>,
        items: readonly PromptResponse[],
      ): Promise<number[]> => {
        const rewards = await scoreAll(own, items, asking);
        before += items.length;
        return rewards;
      };
      /** What the judge makes of responses, one per example, beside the examples' own. */
      const judge = async (responses: readonly PromptResponse[]): Promise<Judgment | undefined> => {
        if (!scorer) return undefined;
        if (isPairwise(scorer)) {
          const pairs = asked.map((b, index) => ({ a: responses[index] ?? b, b }));
          const verdicts = await compareAll(scorer, pairs, asking);
          before += pairs.length;
          return judgmentOf(verdicts);
        }
        referenceRewards ??= await score(scorer, examples);
        const rewards = await score(scorer, responses);
        const own = referenceRewards.slice(0, responses.length);
        return { rewards, referenceRewards: own, outcomes: pairOutcomes(rewards, own) };
      };

      const measuredLoss = loss
        ? await supervisedLoss(policy, asked, { ...batch(batchSizes.loss), ...stopping })
        : undefined;
      const generations = await policy.generate(prompts, {
        ...{ maxNewTokens, temperature, seed },
        ...stopping,
        onProgress: ({ finishedResponses }) => report(finishedResponses),
      });
      before += prompts.length;
      const answered = generations.map(({ prompt, tokens }) => ({
        prompt: prompts[prompt] ?? [],
        response: tokens,
      }));
      const judgment = await judge(answered);
      const measuring = { ...batch(batchSizes.kl), ...stopping, onProgress: report };
      const measureKl = (of: Pick<CausalLanguageModel, 'responseLogitRows'>): Promise<SequenceKl> =>
        sameResponses
          ? klAlongResponses(policy, of, answered.slice(0, measured.length), measuring)
          : evaluateKl(policy, of, measured, {
              ...{ maxNewTokens, temperature: klTemperature, seed },
              ...measuring,
            });
      const kl = reference && (await measureKl(reference));
      const outcomes = judgment?.outcomes;
      const responses = generations.map(({ prompt, tokens, finished }, index): JudgedResponse => {
        const [reward, own] = [judgment?.rewards[index], judgment?.referenceRewards[prompt]];
        return {
          id: asked[prompt]?.id ?? '',
          ...{ tokens, length: tokens.length, finished },
          ...(reward !== undefined && { reward }),
          ...(own !== undefined && { referenceReward: own }),
        };
      });
      const winRate = outcomes && winRateOfOutcomes(outcomes);
      return {
        metrics: {
          ...(measuredLoss !== undefined && { eval_loss: measuredLoss }),
          ...(winRate && {
            eval_win_rate: winRate.rate,
            eval_win_rate_low: winRate.low,
            eval_win_rate_high: winRate.high,
            eval_ties: winRate.ties,
            eval_reward: mean(judgment?.rewards ?? []),
            eval_reference_reward: mean(judgment?.referenceRewards ?? []),
          }),
          ...(judgment?.positionBias !== undefined && { eval_position_bias: judgment.positionBias }),
          ...(kl && { eval_kl: kl.mean, eval_kl_standard_error: kl.standardError }),
          eval_mean_length: mean(generations.map(({ tokens }) => tokens.length)),
        },
        responses,
        ...(winRate && outcomes && { winRate, outcomes }),
        ...(kl && { kl: { mean: kl.mean, standardError: kl.standardError, perPrompt: kl.sums } }),
      };
    },
  };
}

/** How responses compare with the examples' own, one entry per example. */
interface Judgment {
  readonly rewards: readonly number[];
  readonly referenceRewards: readonly number[];
  readonly outcomes: readonly number[];
  readonly positionBias?: number;
}

function judgmentOf(verdicts: readonly PairVerdict[]): Judgment {
  const outcomes = verdicts.map(({ outcome }) => outcome);
  const bothOrders = verdicts.every(({ aFirst, bFirst }) => aFirst !== undefined && bFirst !== undefined);
  return {
    rewards: outcomes,
    referenceRewards: outcomes.map((outcome) => 1 - outcome),
    outcomes,
    ...(bothOrders && verdicts.length > 0 && { positionBias: positionBias(verdicts).rate }),
  };
}

const batch = (size: number | undefined): { readonly batchSize?: number } =>
  size === undefined ? {} : { batchSize: size };

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
