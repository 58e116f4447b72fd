import { isPairwise } from '@ais/gold-eval';
import type { CausalLanguageModel, PairLogProbs, PairTokens } from '@ais/language-model';
import { detach, type Objective, type SampleBatch, takeByRow } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { logProbPicker, type StoredLogProbs } from '../inference/pick-log-probs.js';
import { pairLogProbs } from '../inference/reference-log-probs.js';
import { means, runTraining } from '../loop/training-loop.js';
import { planTraining, type TrainingResult } from '../loop/training-options.js';
import type { TrainingStage } from '../loop/training-stage.js';
import { admitObjective } from '../objective/admit-objective.js';
import { rowOfEach } from '../objective/pair-batch.js';
import { constantSchedule } from '../optimizer/schedules.js';
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

/** Options of `trainPolicyGradient`. */
export interface PolicyGradientOptions extends OnPolicyOptions {
  /** Responses per prompt, k; 2 by default. They stay together in a micro-batch. */
  readonly samples?: number;
}

/**
 * The source paper's settings of RLOO: k = 2, 1,200 steps of 512 responses, learning rate 3e-6, held constant after a
 * linear warm-up of 3 %, and up to 128 new tokens.
 *
 * The batch of 512 counts responses, so it is 256 prompts here: only then are 1,200 steps the 3.3 epochs over 92,858
 * prompts that the paper states.
 *
 * @see the source paper, appendix C
 */
export const paperRloo: Readonly<
  Required<
    Pick<
      PolicyGradientOptions,
      'samples' | 'batchSize' | 'steps' | 'learningRate' | 'schedule' | 'warmupFraction' | 'maxNewTokens'
    >
  >
> = Object.freeze({
  samples: 2,
  batchSize: 256,
  steps: 1200,
  learningRate: 3e-6,
  schedule: constantSchedule(),
  warmupFraction: 0.03,
  maxNewTokens: 128,
});

/** The fresh samples of one prompt, with log π_ref of each, and of each of its tokens, if the objective reads it. */
interface Group {
  readonly samples: readonly ScoredSample[];
  readonly reference: readonly number[];
  readonly referenceTokens: readonly number[];
  /** log μ under the policy that sampled, if more than one update learns from the samples. */
  readonly behavior?: readonly number[];
  readonly behaviorTokens?: readonly number[];
  /** The samples two by two, so that the model reads the prompt once for both. */
  readonly pairs: readonly PairTokens[];
}

/**
 * Trains a policy on scored groups of its own samples, with any objective over samples; with `rloo` this is **RLOO**.
 *
 * Each step samples k responses per prompt from π_θ, scores them, and makes one update on the mean of
 * `objective.evaluate(batch).losses` over all samples. With `iterations` above 1, that many updates learn from the same samples, and an
 * objective that reads `behavior` is given their log-probabilities under the policy that sampled. `rloo` penalizes the reward by the KL divergence,
 * `R̃ = R − β·(log π_θ − log π_ref)`, and takes the mean R̃ of a prompt's other samples as the baseline, so that the mean
 * gradient is that of −E_{π_θ}[R] + β·KL(π_θ‖π_ref).
 *
 * @param roles policy, reference, and scorer
 * @param prompts an example is a prompt: `batchSize` and `microBatchSize` count prompts, of k responses each
 * @param objective a value, from @ais/objectives or from anywhere else
 * @param options see `OnPolicyOptions` and `samples`; `paperRloo` has the paper's
 * @returns what the run left; `objective/scores` is the mean reward of a step's samples
 * @throws {TrainerError} `unsupported-objective`, before anything else is done; `missing-reference`
 * @throws {TrainingInterrupted} {NonFiniteTraining}
 * @example
 * const { metrics } = await trainPolicyGradient({ policy, reference, scorer }, prompts, rloo({ beta: 0.05 }), {
 *   ...options,
 *   maxNewTokens: 4,
 *   samples: 2,
 * });
 * console.log('objective/scores' in metrics); // true
 * @see Ahmadian et al. 2024, "Back to Basics", equation 8
 */
export async function trainPolicyGradient(
  roles: OnPolicyRoles,
  prompts: readonly TokenizedPrompt[],
  objective: Objective<SampleBatch>,
  options: PolicyGradientOptions,
): Promise<TrainingResult> {
  return runTraining(await policyGradientStage(roles, prompts, objective, options), options);
}

/** The stage of `trainPolicyGradient`. */
export async function policyGradientStage(
  roles: OnPolicyRoles,
  prompts: readonly TokenizedPrompt[],
  objective: Objective<SampleBatch>,
  options: PolicyGradientOptions,
): Promise<TrainingStage> {
  const { policy, scorer } = roles;
  const { tokens = false, behavior = false } = objective.requires;
  const { samples: count = 2, missingEndPenalty = 0, maxNewTokens, referenceSync } = options;
  // The samples of a prompt stay together in a micro-batch, so no loss depends on more than it holds.
  requireOneProcess(options);
  const admitted = await admitObjective(objective, {
    feedback: 'samples',
    columns: [],
    batchSize: options.batchSize,
  });
  const reference = readableReferenceModel(objective, roles);
  const sync =
    reference && referenceSync && movingReference(objective, { ...referenceSync, model: reference });
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new TrainerError('invalid-option', `samples must be an integer ≥ 1, got ${count}.`);
  }
  if (count === 1 && isPairwise(scorer)) {
    throw new TrainerError(
      'invalid-option',
      `The judge "${scorer.name}" compares a prompt's samples with each other: samples must be at least 2, got 1.`,
    );
  }
  const { microBatchSize, iterations } = planTraining(prompts.length, options);
  const groups = new Map<number, Group>();
  const group = (index: number): Group =>
    groups.get(index) ?? { samples: [], reference: [], referenceTokens: [], pairs: [] };
  const kept = keptSamples<readonly (readonly [number, Group])[]>(iterations);
  const pick = (index: number): readonly [number, Group] => [index, group(index)];

  return {
    name: 'policy-gradient',
    configuration: {
      objective: admitted,
      data: { prompts: prompts.length, sha256: fingerprintExamples(prompts) },
      ...(reference && { reference: await fingerprintParameters(reference.parameters) }),
      ...sync?.configuration,
      scorer: scorer.name,
      sampling: { samples: count, maxNewTokens, missingEndPenalty },
    },
    parameters: policy.parameters,
    model: policy,
    exampleCount: prompts.length,
    recordId: (index) => prompts[index]?.id ?? '',
    tokens: (index) =>
      group(index).samples.reduce(
        (sum, { response }) => sum + response.length,
        prompts[index]?.prompt.length ?? 0,
      ),
    weight: () => 1,
    async prepare(indices, context) {
      const earlier = kept.at(context.step);
      if (earlier) {
        groups.clear();
        for (const [index, own] of earlier) groups.set(index, own);
        return;
      }
      const batch = indices.flatMap((index) => prompts[index] ?? []);
      const sampled = await scoredSamples(roles, batch, count, options, context);
      const pairs = sampled.map(twoByTwo);
      const { signal } = context;
      const logProbsOf = async (model: CausalLanguageModel): Promise<LogProbsOfSamples> =>
        bySample(
          await pairLogProbs(model, pairs.flat(), { microBatchSize, tokens, ...(signal && { signal }) }),
          pairs,
          count,
        );
      const ofReference = reference && (await logProbsOf(reference));
      // With one update the ratio to the policy that sampled is 1, whatever its log-probabilities.
      const ofBehavior = behavior && iterations > 1 ? await logProbsOf(policy) : undefined;
      groups.clear();
      sampled.forEach((samples, row) => {
        groups.set(indices[row] ?? row, {
          samples,
          reference: ofReference?.[row]?.sums ?? samples.map(() => Number.NaN),
          referenceTokens: ofReference?.[row]?.tokens ?? [],
          ...(ofBehavior && { behavior: ofBehavior[row]?.sums, behaviorTokens: ofBehavior[row]?.tokens }),
          pairs: pairs[row] ?? [],
        } as Group);
      });
      kept.keep(context.step, indices.map(pick));
    },
    evaluate(indices) {
      const subset = indices.map(group);
      const rows = subset.flatMap(({ samples }, number) => samples.map((sample) => ({ ...sample, number })));
      const referenceLogProbs = reference && tf.tensor1d(subset.flatMap(({ reference: own }) => own));
      const { policy: log, policyTokens } = groupLogProbs(policy, subset, count, tokens);
      const column = (of: (own: Group) => readonly number[] | undefined): tf.Tensor1D | undefined => {
        const values = subset.flatMap((own) => of(own) ?? []);
        return values.length > 0 ? tf.tensor1d(values) : undefined;
      };
      const { losses, metrics } = objective.evaluate({
        policy: log,
        ...(referenceLogProbs && { reference: referenceLogProbs }),
        // Samples that were drawn just before this update are this policy's own.
        ...(behavior && { behavior: column(({ behavior: own }) => own) ?? detach(log) }),
        ...(behavior &&
          policyTokens && {
            behaviorTokens: column(({ behaviorTokens: own }) => own) ?? detach(policyTokens),
          }),
        ...(policyTokens && { policyTokens, tokenRow: rowOfEach(rows.map(({ response }) => response)) }),
        ...(policyTokens &&
          reference && {
            referenceTokens: tf.tensor1d(subset.flatMap(({ referenceTokens }) => referenceTokens)),
          }),
        rewards: tf.tensor1d(rows.map(({ reward }) => reward)),
        length: tf.tensor1d(rows.map(({ response }) => response.length)),
        group: tf.tensor1d(rows.map(({ number }) => number)),
        // An objective that reads no reference takes batches without one.
      } as SampleBatch);
      const kl = referenceLogProbs && { 'objective/kl': tf.sub<tf.Tensor1D>(log, referenceLogProbs) };
      const perPrompt = (values: tf.Tensor1D): tf.Tensor1D =>
        values.size === rows.length ? tf.mean(tf.reshape(values, [indices.length, count]), 1) : values;
      return {
        losses: perPrompt(losses),
        metrics: Object.fromEntries(
          Object.entries({ ...metrics, ...kl }).map(([name, values]) => [name, perPrompt(values)]),
        ),
      };
    },
    summarize: (metrics) => ({
      ...means(metrics),
      ...sampleMetrics([...groups.values()].flatMap(({ samples }) => samples)),
    }),
    ...(sync && { updated: (step) => sync.updated(step, policy.parameters) }),
    ...keptPolicy(policy, sync, options, kept),
  };
}

/** Log-probabilities of the samples of each prompt. */
type LogProbsOfSamples = readonly { readonly sums: readonly number[]; readonly tokens: readonly number[] }[];

/** What a model says of samples that it read two by two, sample by sample. */
function bySample(
  found: StoredLogProbs,
  pairs: readonly (readonly PairTokens[])[],
  count: number,
): LogProbsOfSamples {
  const pick = logProbPicker(found, pairs.flat());
  const width = Math.ceil(count / 2);
  return pairs.map((_, row) => {
    const own = Array.from({ length: count }, (_, place) => {
      const { chosen, rejected, chosenTokens, rejectedTokens } = pick([row * width + Math.floor(place / 2)]);
      return place % 2 === 0
        ? { sum: chosen[0], tokens: chosenTokens }
        : { sum: rejected[0], tokens: rejectedTokens };
    });
    return {
      sums: own.map(({ sum }) => sum ?? Number.NaN),
      tokens: own.flatMap(({ tokens: ofSample = [] }) => ofSample),
    };
  });
}

/** Samples of one prompt as pairs; of an odd number, the last one makes a pair with itself. */
function twoByTwo(samples: readonly ScoredSample[]): PairTokens[] {
  return samples.flatMap(({ prompt, response }, place) =>
    place % 2 === 0 ? [{ prompt, chosen: response, rejected: samples[place + 1]?.response ?? response }] : [],
  );
}

/** log π_θ of every sample, group by group, [groups · count], and of every token if asked for, under the tape. */
function groupLogProbs(
  policy: OnPolicyRoles['policy'],
  groups: readonly Group[],
  count: number,
  tokens: boolean,
): { readonly policy: tf.Tensor1D; readonly policyTokens?: tf.Tensor1D } {
  const pairs = groups.flatMap(({ pairs: own }) => own);
  const joined = ({ chosen, rejected }: PairLogProbs): tf.Tensor1D => {
    const both = tf.reshape(tf.stack([chosen, rejected], 1), [groups.length, -1]);
    return tf.reshape(tf.slice(both, [0, 0], [-1, count]), [-1]);
  };
  if (!tokens) return { policy: joined(policy.responseLogProbs(pairs)) };
  const found = policy.responseLogProbs(pairs, { tokens });
  // Tokens come side by side; samples alternate between the two.
  const starts = { chosen: 0, rejected: found.chosenTokens.size };
  const order = groups.flatMap(({ pairs: own }) =>
    own.flatMap((pair, place) => {
      const range = (side: 'chosen' | 'rejected'): number[] => {
        const from = starts[side];
        starts[side] += pair[side].length;
        return pair[side].map((_, token) => from + token);
      };
      const [first, second] = [range('chosen'), range('rejected')];
      return 2 * place + 1 < count ? [...first, ...second] : first;
    }),
  );
  const all = tf.concat([found.chosenTokens, found.rejectedTokens]);
  return { policy: joined(found), policyTokens: takeByRow(all, tf.tensor1d(order, 'int32')) };
}
