import { labelPairs } from '@ais/gold-eval';
import type { CausalLanguageModel, PairTokens } from '@ais/language-model';
import { detach, type Objective, type RewardedPairBatch, type TokenPairBatch } from '@ais/objectives';
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
import { keptSamples } from './kept-samples.js';
import {
  type OnPolicyOptions,
  type OnPolicyRoles,
  readableReferenceModel,
  requireOneProcess,
  type ScoredSample,
  sampleMetrics,
  scoredSamples,
  type TokenizedPrompt,
} from './on-policy-samples.js';
import { movingReference } from './reference-sync.js';
import { keptPolicy } from './tracked-reference.js';

/** Options of `trainOnlinePreference`. */
export interface OnlinePreferenceOptions extends OnPolicyOptions {
  /**
   * How rewards become labels: the higher one is preferred (`mode`), or the first is with probability
   * σ(R(y_1) − R(y_2)) (`bradley-terry`). `mode` by default; equal rewards toss a coin.
   */
  readonly labels?: 'mode' | 'bradley-terry';
}

/** Two samples of one prompt in the order of their label. */
interface OnlinePair extends PairTokens {
  readonly chosenReward: number;
  readonly rejectedReward: number;
}

/** What a batch was drawn: its pairs, in the order of `indices`, and what fixed models say of them. */
interface Draw {
  readonly indices: readonly number[];
  readonly pairs: readonly OnlinePair[];
  readonly samples: readonly ScoredSample[];
  readonly reference?: readonly PickedLogProbs[];
  /** Under the policy that sampled, if more than one update learns from the samples. */
  readonly behavior?: readonly PickedLogProbs[];
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
  const { labels = 'mode', missingEndPenalty = 0, maxNewTokens, referenceSync } = options;
  requireOneProcess(options);
  const admitted = await admitObjective(objective, {
    feedback: 'pairs',
    rewards: true,
    columns: ['chosenReward', 'rejectedReward'],
    ...options,
  });
  const reference = readableReferenceModel(objective, roles);
  const sync =
    reference && referenceSync && movingReference(objective, { ...referenceSync, model: reference });
  const { batchSize, microBatchSize, iterations } = planTraining(prompts.length, options);
  const kept = keptSamples<Draw>(iterations);
  let draw: Draw = { indices: [], pairs: [], samples: [] };
  const pair = (index: number): OnlinePair => {
    const found = draw.pairs[draw.indices.indexOf(index)];
    if (!found) throw new Error(`@ais/trainer: prompt ${index} was not sampled for this step.`);
    return found;
  };
  const pick = (
    from: readonly PickedLogProbs[] | undefined,
    indices: readonly number[],
  ): PickedLogProbs | undefined =>
    from && joined(indices.flatMap((index) => from[draw.indices.indexOf(index)] ?? []));

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
      const earlier = kept.at(context.step);
      if (earlier) {
        draw = earlier;
        return;
      }
      const batch = indices.flatMap((index) => prompts[index] ?? []);
      const groups = await scoredSamples(roles, batch, 2, options, context);
      const ordered = orderByLabel(groups, labels, options.seed, context.step * batchSize);
      const { signal } = context;
      const logProbsOf = async (model: CausalLanguageModel): Promise<PickedLogProbs[]> => {
        const found = await pairLogProbs(model, ordered, {
          microBatchSize,
          tokens: requires.tokens ?? false,
          ...(signal && { signal }),
        });
        const of = logProbPicker(found, ordered);
        return ordered.map((_, row) => of([row]));
      };
      draw = {
        indices,
        pairs: ordered,
        samples: groups.flat(),
        ...(reference && { reference: await logProbsOf(reference) }),
        ...(iterations > 1 && { behavior: await logProbsOf(policy) }),
      };
      kept.keep(context.step, draw);
    },
    evaluate(indices) {
      const subset = indices.map(pair);
      const log = policyLogProbs(policy, subset, requires);
      const column = (of: (own: OnlinePair) => number): tf.Tensor1D => tf.tensor1d(subset.map(of));
      const reference = pick(draw.reference, indices);
      const ofReference = reference && referenceColumns(reference, requires);
      const { losses, metrics } = objective.evaluate({
        ...log,
        ...ofReference,
        ...behaviorColumns(pick(draw.behavior, indices), log, requires),
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
    summarize: (metrics) => ({ ...summarizePairs(metrics), ...sampleMetrics(draw.samples) }),
    ...(sync && { updated: (step) => sync.updated(step, policy.parameters) }),
    ...keptPolicy(policy, sync, options, kept),
  };
}

/** Log-probabilities of pairs one after the other. */
function joined(parts: readonly PickedLogProbs[]): PickedLogProbs {
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
