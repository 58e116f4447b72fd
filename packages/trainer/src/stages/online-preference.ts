import { labelPairs } from '@ais/gold-eval';
import type { PairTokens } from '@ais/language-model';
import { detach, type Objective, type RewardedPairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { logProbPicker, type PickedLogProbs } from '../inference/pick-log-probs.js';
import { pairLogProbs, pairTokens } from '../inference/reference-log-probs.js';
import { runTraining } from '../loop/training-loop.js';
import { planTraining, type TrainingResult } from '../loop/training-options.js';
import type { TrainingStage } from '../loop/training-stage.js';
import { admitObjective } from '../objective/admit-objective.js';
import {
  pairLengths,
  policyLogProbs,
  referenceColumns,
  summarizePairs,
  tokenRows,
} from '../objective/pair-batch.js';
import { fingerprintExamples, fingerprintParameters } from '../run/fingerprint.js';
import {
  type OnPolicyOptions,
  type OnPolicyRoles,
  readableReferenceModel,
  type ScoredSample,
  sampleMetrics,
  scoredSamples,
  type TokenizedPrompt,
} from './on-policy-samples.js';
import { movingReference } from './reference-sync.js';
import { keptPolicy } from './tracked-reference.js';

export interface OnlinePreferenceOptions extends OnPolicyOptions {
  /**
   * How rewards become labels: the higher one is preferred (`mode`), or the first is with probability
   * σ(R(y_1) − R(y_2)) (`bradley-terry`). `mode` by default; equal rewards toss a coin.
   */
  readonly labels?: 'mode' | 'bradley-terry';
}

/** Two fresh samples of one prompt in the order of their label. */
interface OnlinePair extends PairTokens {
  readonly chosenReward: number;
  readonly rejectedReward: number;
}

/**
 * Trains a policy on pairs of its own samples, labeled as it goes, with any objective over pairs.
 *
 * Each step samples two responses per prompt from π_θ, lets the scorer order them, and makes one update on
 * `(1/n)·Σ objective.evaluate(batch).losses`. With `dpo` this is **online DPO**; with `pairwisePolicyGradient`, which
 * also reads the rewards, the **pairwise policy gradient**. The behavior policy is the policy itself, so importance
 * weights are 1.
 *
 * @param roles policy, reference, and scorer
 * @param prompts an example is a prompt: `batchSize` counts prompts
 * @param objective a value, from @ais/objectives or from anywhere else
 * @param options see `OnPolicyOptions` and `labels`
 * @returns what the run left; `objective/scores` is the mean reward of a step's samples
 * @throws {TrainerError} `unsupported-objective`, before anything else is done; `missing-reference`
 * @throws {TrainingInterrupted} {NonFiniteTraining}
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
  const { labels = 'mode', missingEndPenalty = 0, maxNewTokens, referenceSync } = options;
  const admitted = await admitObjective(objective, {
    feedback: 'pairs',
    rewards: true,
    columns: ['chosenReward', 'rejectedReward'],
    ...options,
  });
  const reference = readableReferenceModel(objective, roles);
  const sync =
    reference && referenceSync && movingReference(objective, { ...referenceSync, model: reference });
  const { batchSize, microBatchSize } = planTraining(prompts.length, options);
  const pairs = new Map<number, OnlinePair>();
  const pair = (index: number): OnlinePair => {
    const found = pairs.get(index);
    if (!found) throw new Error(`@ais/trainer: prompt ${index} was not sampled for this step.`);
    return found;
  };
  let samples: readonly ScoredSample[] = [];
  let pickReference: ((indices: readonly number[]) => PickedLogProbs) | undefined;

  return {
    name: 'online-preference',
    configuration: {
      objective: admitted,
      data: { prompts: prompts.length, sha256: fingerprintExamples(prompts) },
      ...(reference && { reference: await fingerprintParameters(reference.parameters) }),
      ...sync?.configuration,
      scorer: scorer.name,
      sampling: { maxNewTokens, missingEndPenalty, labels },
    },
    parameters: policy.parameters,
    model: policy,
    exampleCount: prompts.length,
    recordId: (index) => prompts[index]?.id ?? '',
    tokens: (index) => pairTokens(pair(index)),
    weight: () => 1,
    async prepare(indices, context) {
      const batch = indices.flatMap((index) => prompts[index] ?? []);
      const groups = await scoredSamples(roles, batch, 2, options, context);
      samples = groups.flat();
      const ordered = orderByLabel(groups, labels, options.seed, context.step * batchSize);
      const { signal } = context;
      const logProbs =
        reference &&
        (await pairLogProbs(reference, ordered, {
          microBatchSize,
          tokens: requires.tokens ?? false,
          ...(signal && { signal }),
        }));
      pairs.clear();
      ordered.forEach((item, row) => {
        pairs.set(indices[row] ?? row, item);
      });
      const pick = logProbs && logProbPicker(logProbs, ordered);
      pickReference = pick && ((some) => pick(some.map((index) => indices.indexOf(index))));
    },
    evaluate(indices) {
      const subset = indices.map(pair);
      const log = policyLogProbs(policy, subset, requires);
      const column = (pick: (own: OnlinePair) => number): tf.Tensor1D => tf.tensor1d(subset.map(pick));
      const ofReference = pickReference && referenceColumns(pickReference(indices), requires);
      const { losses, metrics } = objective.evaluate({
        ...log,
        ...ofReference,
        behaviorChosen: detach(log.policyChosen),
        behaviorRejected: detach(log.policyRejected),
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
    summarize: (metrics) => ({ ...summarizePairs(metrics), ...sampleMetrics(samples) }),
    ...(sync && { updated: (step) => sync.updated(step, policy.parameters) }),
    ...keptPolicy(policy, sync, options),
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
