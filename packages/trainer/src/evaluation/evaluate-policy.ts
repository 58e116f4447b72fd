import type { TokenizedExample } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import { TrainerError } from '../errors.js';
import { requireWhole } from '../run/require-whole.js';
import {
  evaluatePart,
  KL_PROMPTS,
  requireEvaluation,
  stepsOfPart,
  summarizeParts,
} from './evaluated-part.js';
import type { EvaluationControl, PolicyEvaluation, PolicyEvaluatorOptions } from './policy-evaluation.js';

/** Options of `evaluatePolicy`. */
export interface EvaluatePolicyOptions extends PolicyEvaluatorOptions, EvaluationControl {}

/** Measures policies on the same examples in the same way. */
export interface PolicyEvaluator {
  /**
   * @param policy stays as it is
   * @throws {TrainerError} `invalid-option` for a number of `prompts` that is not an integer, or below 1
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
 * @throws {TrainerError} `invalid-option` naming the option that is out of range; or without examples
 * @throws the signal's reason when it aborts
 * @example
 * const { metrics } = await evaluatePolicy(policy, examples, { reference, scorer, maxNewTokens: 53, seed: 1 });
 * console.log(metrics['eval_win_rate'], Math.sqrt(metrics['eval_kl']));
 */
export async function evaluatePolicy(
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
 * - `eval_loss`: mean negative log-likelihood of the examples' responses, nats per token; absent if all are empty
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
 * @throws {TrainerError} `invalid-option` naming the option that is out of range; for a number of `referenceRewards` that is not that of
 *   the examples; or without examples
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
  const { klPrompts = KL_PROMPTS, ...own } = options;
  let { referenceRewards } = options;
  requireEvaluation(examples.length, options);
  if (referenceRewards && referenceRewards.length !== examples.length) {
    throw new TrainerError(
      'invalid-option',
      `referenceRewards must have one reward per example, got ${referenceRewards.length} for ${examples.length}.`,
    );
  }
  return {
    async evaluate(policy, { prompts: count = examples.length, signal, onProgress } = {}) {
      requireWhole('prompts', count, 1);
      const asked = examples.slice(0, count);
      const measured = Math.min(klPrompts, asked.length);
      const total = stepsOfPart(asked.length, referenceRewards ? 0 : examples.length, measured, options);
      const part = await evaluatePart(policy, asked, {
        ...own,
        measured,
        ownRewards: async (score) => {
          referenceRewards ??= await score(examples);
          return referenceRewards.slice(0, asked.length);
        },
        ...(signal && { signal }),
        ...(onProgress && { onProgress: (completed) => onProgress(completed, total) }),
      });
      return summarizeParts(asked, [{ part, places: [...asked.keys()] }]);
    },
  };
}
