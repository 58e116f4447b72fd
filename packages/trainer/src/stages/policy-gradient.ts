import { isPairwise } from '@ais/gold-eval';
import type { PairLogProbs, PairTokens } from '@ais/language-model';
import { detach, type Objective, type SampleBatch, takeByRow } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { logProbPicker, type StoredLogProbs } from '../inference/pick-log-probs.js';
import { means } from '../loop/train-step.js';
import { runTraining } from '../loop/training-loop.js';
import type { TrainingResult } from '../loop/training-options.js';
import type { TrainingStage } from '../loop/training-stage.js';
import { admitObjective } from '../objective/admit-objective.js';
import { rowOfEach } from '../objective/pair-batch.js';
import { constantSchedule } from '../optimizer/schedules.js';
import { requireWhole } from '../run/require-whole.js';
import type { OnPolicyOptions, OnPolicyRoles, ScoredSample, TokenizedPrompt } from './on-policy-samples.js';
import { type Drawn, onPolicyStage } from './on-policy-stage.js';

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
  const { tokens = false, behavior = false, reference } = objective.requires;
  const { samples: count = 2 } = options;
  const admitted = await admitObjective(objective, {
    feedback: 'samples',
    columns: [],
    batchSize: options.batchSize,
    microBatchSize: options.microBatchSize,
  });
  requireWhole('samples', count, 1);
  if (count === 1 && isPairwise(scorer)) {
    throw new TrainerError(
      'invalid-option',
      `The judge "${scorer.name}" compares a prompt's samples with each other: samples must be at least 2, got 1.`,
    );
  }
  return onPolicyStage<PairTokens, LogProbsOfSamples>(roles, prompts, objective, options, {
    name: 'policy-gradient',
    admitted,
    samples: count,
    sampling: { samples: count },
    readsBehavior: behavior,
    pairs: (groups) => groups.map(twoByTwo),
    logProbs: (found, pairs) => bySample(found, pairs, count),
    tokens: ({ samples }) =>
      samples.reduce((sum, { response }) => sum + response.length, samples[0]?.prompt.length ?? 0),
    evaluate(drawn) {
      const rows = drawn.flatMap(({ samples }, number) => samples.map((sample) => ({ ...sample, number })));
      const column = (of: (own: Group) => readonly number[] | undefined): tf.Tensor1D | undefined => {
        const values = drawn.flatMap((own) => of(own) ?? []);
        return values.length > 0 ? tf.tensor1d(values) : undefined;
      };
      const referenceLogProbs = column((own) => own.reference?.sums);
      const { policy: log, policyTokens } = groupLogProbs(policy, drawn, count, tokens);
      const { losses, metrics } = objective.evaluate({
        policy: log,
        ...(referenceLogProbs && { reference: referenceLogProbs }),
        // Samples that were drawn just before this update are this policy's own.
        ...(behavior && { behavior: column(({ behavior: own }) => own?.sums) ?? detach(log) }),
        ...(behavior &&
          policyTokens && {
            behaviorTokens: column(({ behavior: own }) => own?.tokens) ?? detach(policyTokens),
          }),
        ...(policyTokens && { policyTokens, tokenRow: rowOfEach(rows.map(({ response }) => response)) }),
        ...(policyTokens &&
          reference && {
            referenceTokens: tf.tensor1d(drawn.flatMap((own) => own.reference?.tokens ?? [])),
          }),
        rewards: tf.tensor1d(rows.map(({ reward }) => reward)),
        length: tf.tensor1d(rows.map(({ response }) => response.length)),
        group: tf.tensor1d(rows.map(({ number }) => number)),
        // An objective that reads no reference takes batches without one.
      } as SampleBatch);
      const kl = referenceLogProbs && { 'objective/kl': tf.sub<tf.Tensor1D>(log, referenceLogProbs) };
      const perPrompt = (values: tf.Tensor1D): tf.Tensor1D =>
        values.size === rows.length ? tf.mean(tf.reshape(values, [drawn.length, count]), 1) : values;
      return {
        losses: perPrompt(losses),
        metrics: Object.fromEntries(
          Object.entries({ ...metrics, ...kl }).map(([name, values]) => [name, perPrompt(values)]),
        ),
      };
    },
    summarize: means,
  });
}

/** Log-probabilities of a prompt's samples, and of their tokens one after the other, if they were asked for. */
interface LogProbsOfSamples {
  readonly sums: readonly number[];
  readonly tokens: readonly number[];
}

type Group = Drawn<PairTokens, LogProbsOfSamples>;

/** What a model says of samples that it read two by two, sample by sample. */
function bySample(
  found: StoredLogProbs,
  pairs: readonly (readonly PairTokens[])[],
  count: number,
): LogProbsOfSamples[] {
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
