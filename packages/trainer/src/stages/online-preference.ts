import { isPairwise, labelPairs } from '@ais/gold-eval';
import type { PairTokens } from '@ais/language-model';
import { detach, type Objective, type RewardedPairBatch, type TokenPairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { logProbPicker, type PickedLogProbs } from '../inference/pick-log-probs.js';
import { pairTokens } from '../inference/reference-log-probs.js';
import { runTraining } from '../loop/training-loop.js';
import type { TrainingResult } from '../loop/training-options.js';
import type { TrainingStage } from '../loop/training-stage.js';
import { admitObjective } from '../objective/admit-objective.js';
import {
  pairLengths,
  policyLogProbs,
  referenceColumns,
  summarizePairs,
  tokenRows,
} from '../objective/pair-batch.js';
import type { OnPolicyOptions, OnPolicyRoles, ScoredSample, TokenizedPrompt } from './on-policy-samples.js';
import { onPolicyStage } from './on-policy-stage.js';

/** Options of `trainOnlinePreference`. */
export interface OnlinePreferenceOptions extends OnPolicyOptions {
  /**
   * How rewards become labels: the higher one is preferred (`mode`), or the first is with probability
   * σ(R(y_1) − R(y_2)) (`bradley-terry`, which needs a scorer that does not only compare). `mode` by default; equal rewards toss a coin.
   */
  readonly labels?: 'mode' | 'bradley-terry';
}

/** Two samples of one prompt in the order of their label. */
interface OnlinePair extends PairTokens {
  readonly chosenReward: number;
  readonly rejectedReward: number;
}

/**
 * Trains a policy on pairs of its own samples, labeled as it goes, with any objective over pairs.
 *
 * Each step samples two responses per prompt from π_θ, lets the scorer order them, and makes one update on
 * `(1/n)·Σ objective.evaluate(batch).losses`. With `dpo` this is **online DPO**; with `pairwisePolicyGradient`, which
 * also reads the rewards, the **pairwise policy gradient**. The behavior policy is the one that sampled: with one update on each
 * batch the policy itself, so that importance weights are 1, and with `iterations` above 1 what it was before the first.
 *
 * @param roles policy, reference, and scorer
 * @param prompts an example is a prompt: `batchSize` counts prompts
 * @param objective a value, from @ais/objectives or from anywhere else
 * @param options see `OnPolicyOptions` and `labels`
 * @returns what the run left; `objective/scores` is the mean reward of a step's samples
 * @throws {TrainerError} `unsupported-objective`, before anything else is done; `missing-reference`
 * @throws {TrainingInterrupted} {NonFiniteTraining}
 * @example
 * const { metrics } = await trainOnlinePreference({ policy, reference, scorer }, prompts, dpo({ beta: 0.1 }), {
 *   ...options,
 *   maxNewTokens: 4,
 * });
 * console.log('objective/scores' in metrics); // true
 * @see Guo et al. 2024, "Direct Language Model Alignment from Online AI Feedback", algorithm 1
 */
export async function trainOnlinePreference(
  roles: OnPolicyRoles,
  prompts: readonly TokenizedPrompt[],
  objective: Objective<RewardedPairBatch>,
  options: OnlinePreferenceOptions,
): Promise<TrainingResult> {
  return runTraining(await onlinePreferenceStage(roles, prompts, objective, options), options);
}

/** The stage of `trainOnlinePreference`. */
export async function onlinePreferenceStage(
  roles: OnPolicyRoles,
  prompts: readonly TokenizedPrompt[],
  objective: Objective<RewardedPairBatch>,
  options: OnlinePreferenceOptions,
): Promise<TrainingStage> {
  const { policy, scorer } = roles;
  const { requires } = objective;
  const { labels = 'mode', batchSize, seed } = options;
  if (labels === 'bradley-terry' && isPairwise(scorer)) {
    throw new TrainerError(
      'invalid-option',
      `labels: bradley-terry draws labels by the difference of scores, and the judge "${scorer.name}" compares without scores. Use mode, or a pointwise judge.`,
    );
  }
  const admitted = await admitObjective(objective, {
    feedback: 'pairs',
    rewards: true,
    columns: ['chosenReward', 'rejectedReward'],
    ...options,
  });
  return onPolicyStage<OnlinePair, PickedLogProbs>(roles, prompts, objective, options, {
    name: 'online-preference',
    admitted,
    samples: 2,
    sampling: { labels },
    readsBehavior: true,
    pairs: (groups, step) => orderByLabel(groups, labels, seed, step * batchSize).map((pair) => [pair]),
    logProbs(found, pairs) {
      const of = logProbPicker(found, pairs.flat());
      return pairs.map((_, row) => of([row]));
    },
    tokens: ({ pairs }) => pairs.reduce((sum, pair) => sum + pairTokens(pair), 0),
    evaluate(drawn) {
      const subset = drawn.flatMap(({ pairs }) => pairs);
      const log = policyLogProbs(policy, subset, requires);
      const column = (of: (own: OnlinePair) => number): tf.Tensor1D => tf.tensor1d(subset.map(of));
      const reference = joined(drawn.map((own) => own.reference));
      const ofReference = reference && referenceColumns(reference, requires);
      const { losses, metrics } = objective.evaluate({
        ...log,
        ...ofReference,
        ...behaviorColumns(joined(drawn.map(({ behavior }) => behavior)), log, requires),
        chosenReward: column(({ chosenReward }) => chosenReward),
        rejectedReward: column(({ rejectedReward }) => rejectedReward),
        ...pairLengths(subset),
        ...(requires.tokens && tokenRows(subset)),
        // An objective that reads no reference takes batches without one.
      } as RewardedPairBatch);
      if (!ofReference) return { losses, metrics };
      const ratios = tf.add(
        tf.sub(log.policyChosen, ofReference.referenceChosen),
        tf.sub(log.policyRejected, ofReference.referenceRejected),
      );
      return { losses, metrics: { ...metrics, 'objective/kl': tf.div(ratios, 2) as tf.Tensor1D } };
    },
    summarize: summarizePairs,
  });
}

/** Log-probabilities of pairs one after the other; undefined if there are none. */
function joined(given: readonly (PickedLogProbs | undefined)[]): PickedLogProbs | undefined {
  const parts = given.flatMap((part) => part ?? []);
  if (parts.length === 0) return undefined;
  return {
    chosen: parts.flatMap(({ chosen }) => chosen),
    rejected: parts.flatMap(({ rejected }) => rejected),
    ...(parts[0]?.chosenTokens && { chosenTokens: parts.flatMap(({ chosenTokens = [] }) => chosenTokens) }),
    ...(parts[0]?.rejectedTokens && {
      rejectedTokens: parts.flatMap(({ rejectedTokens = [] }) => rejectedTokens),
    }),
  };
}

/** Log-probabilities under the policy that sampled: those that were kept, or the policy's own. */
function behaviorColumns(
  kept: PickedLogProbs | undefined,
  log: ReturnType<typeof policyLogProbs>,
  { tokens }: Objective['requires'],
): Partial<TokenPairBatch> {
  const column = (values: readonly number[] | undefined, own: tf.Tensor1D): tf.Tensor1D =>
    values ? tf.tensor1d([...values]) : detach(own);
  return {
    behaviorChosen: column(kept?.chosen, log.policyChosen),
    behaviorRejected: column(kept?.rejected, log.policyRejected),
    ...(tokens &&
      log.policyChosenTokens &&
      log.policyRejectedTokens && {
        behaviorChosenTokens: column(kept?.chosenTokens, log.policyChosenTokens),
        behaviorRejectedTokens: column(kept?.rejectedTokens, log.policyRejectedTokens),
      }),
  };
}

function orderByLabel(
  groups: readonly (readonly ScoredSample[])[],
  rule: 'mode' | 'bradley-terry',
  seed: number,
  offset: number,
): OnlinePair[] {
  const rewards = (place: 0 | 1): number[] => groups.map((group) => group[place]?.reward ?? Number.NaN);
  const labels = labelPairs(rewards(0), rewards(1), { rule, ties: 'random', seed, offset });
  return groups.map(([first, second], row) => {
    if (!first || !second) throw new Error('@ais/trainer: a prompt has fewer than two responses.');
    const [chosen, rejected] = labels[row]?.chosen === 1 ? [second, first] : [first, second];
    return {
      prompt: first.prompt,
      chosen: chosen.response,
      rejected: rejected.response,
      chosenReward: chosen.reward,
      rejectedReward: rejected.reward,
    };
  });
}
