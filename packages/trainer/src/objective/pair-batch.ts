import type { Examples } from '@ais/data';
import type { CausalLanguageModel, PairCertainty, PairTokenLogProbs, PairTokens } from '@ais/language-model';
import type { Objective, PairBatch, TokenPairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import type { PickedLogProbs } from '../inference/pick-log-probs.js';
import { means } from '../loop/train-step.js';
import type { Metrics } from '../loop/training-metrics.js';
import { sum } from '../run/mean.js';
import { termPrefixes } from '../run/term-metrics.js';

/** Log-probabilities of some pairs under fixed models. */
interface StoredColumns {
  readonly reference: PickedLogProbs | undefined;
  readonly behavior?: PickedLogProbs | undefined;
}

/**
 * What an objective is given of some pairs, under the tape: what its `requires` names, and what is known of the behavior policy.
 *
 * @param stored log-probabilities of these pairs under fixed models
 */
export function pairBatch(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  pairs: readonly NumberedPair[],
  objective: Pick<Objective, 'requires'>,
  stored: StoredColumns,
): PairBatch {
  return besidePolicy(policyLogProbs(model, pairs, objective.requires), pairs, objective, stored);
}

/** A batch of pairs from what `policyLogProbs` finds of them. */
export function besidePolicy(
  policy: PolicyColumns,
  pairs: readonly NumberedPair[],
  { requires }: Pick<Objective, 'requires'>,
  { reference, behavior }: StoredColumns,
): PairBatch {
  return {
    ...policy,
    ...(requires.reference && reference && referenceColumns(reference, requires)),
    ...(behavior && {
      behaviorChosen: tf.tensor1d(behavior.chosen),
      behaviorRejected: tf.tensor1d(behavior.rejected),
    }),
    ...(requires.tokens &&
      behavior?.chosenTokens &&
      behavior.rejectedTokens && {
        behaviorChosenTokens: tf.tensor1d(behavior.chosenTokens),
        behaviorRejectedTokens: tf.tensor1d(behavior.rejectedTokens),
      }),
    ...pairLengths(pairs),
    ...(requires.tokens && tokenRows(pairs)),
    ...columnsOf(pairs, requires.columns),
    // An objective that reads no reference takes batches without one.
  } as PairBatch;
}

/** A pair with what is known of it in numbers. */
export type NumberedPair = PairTokens & { readonly numbers?: Readonly<Record<string, number>> };

/** The columns that an objective names, [pairs] each. */
function columnsOf(
  pairs: readonly NumberedPair[],
  names: readonly string[] = [],
): Record<string, tf.Tensor1D> {
  return Object.fromEntries(
    names.map((name) => [name, tf.tensor1d(pairs.map(({ numbers }) => numbers?.[name] ?? Number.NaN))]),
  );
}

/**
 * Checks that every pair has the numbers that an objective reads.
 *
 * @throws {TrainerError} `missing-column`, naming the first pair that lacks one
 * @example
 * requireColumns(rebel({ beta: 1 }), [{ id: 'a', numbers: { chosenReward: 2, rejectedReward: 1 } }]);
 */
export function requireColumns(
  { name, requires }: Pick<Objective, 'name' | 'requires'>,
  pairs: Examples<NumberedPair & { readonly id?: string }>,
): void {
  for (const column of requires.columns ?? []) {
    let place = 0;
    for (const { id, numbers } of pairs) {
      if (!Number.isFinite(numbers?.[column])) {
        throw new TrainerError(
          'missing-column',
          `The objective "${name}" reads ${column} of each pair, and pair ${JSON.stringify(id ?? place)} has none. Give every pair a number.`,
        );
      }
      place++;
    }
  }
}

/** Log-probabilities of the reference that the objective reads, as tensors. */
export function referenceColumns(
  { chosen, rejected, chosenTokens, rejectedTokens }: PickedLogProbs,
  { tokens }: Objective['requires'],
): Pick<PairBatch, 'referenceChosen' | 'referenceRejected'> &
  Partial<Pick<TokenPairBatch, 'referenceChosenTokens' | 'referenceRejectedTokens'>> {
  return {
    referenceChosen: tf.tensor1d(chosen),
    referenceRejected: tf.tensor1d(rejected),
    ...(tokens &&
      chosenTokens &&
      rejectedTokens && {
        referenceChosenTokens: tf.tensor1d(chosenTokens),
        referenceRejectedTokens: tf.tensor1d(rejectedTokens),
      }),
  };
}

/** The pair that each token of its responses belongs to. */
export function tokenRows(
  pairs: readonly PairTokens[],
): Pick<TokenPairBatch, 'chosenTokenRow' | 'rejectedTokenRow'> {
  return {
    chosenTokenRow: rowOfEach(pairs.map(({ chosen }) => chosen)),
    rejectedTokenRow: rowOfEach(pairs.map(({ rejected }) => rejected)),
  };
}

/** The row of each token of some responses, [tokens], int32. */
export function rowOfEach(responses: readonly (readonly number[])[]): tf.Tensor1D {
  return tf.tensor1d(
    responses.flatMap((tokens, row) => tokens.map(() => row)),
    'int32',
  );
}

/** |y_w| and |y_l| in tokens, end-of-text included. */
export function pairLengths(
  pairs: readonly PairTokens[],
): Pick<PairBatch, 'chosenLength' | 'rejectedLength'> {
  return {
    chosenLength: tf.tensor1d(pairs.map(({ chosen }) => chosen.length)),
    rejectedLength: tf.tensor1d(pairs.map(({ rejected }) => rejected.length)),
  };
}

/** What a policy says of pairs. */
export type PolicyColumns = Pick<
  PairBatch,
  'policyChosen' | 'policyRejected' | 'chosenCertainty' | 'rejectedCertainty'
> &
  Partial<Pick<TokenPairBatch, 'policyChosenTokens' | 'policyRejectedTokens'>>;

/** log π_θ of both responses of each pair, under the tape, and their certainties and tokens where the objective reads them. */
export function policyLogProbs(
  model: Pick<CausalLanguageModel, 'responseLogProbs'>,
  pairs: readonly PairTokens[],
  { certainty = false, tokens = false }: Objective['requires'],
): PolicyColumns {
  const found = model.responseLogProbs(pairs, { certainty, tokens });
  return {
    policyChosen: found.chosen,
    policyRejected: found.rejected,
    ...(hasCertainties(found) && {
      chosenCertainty: found.chosenCertainty,
      rejectedCertainty: found.rejectedCertainty,
    }),
    ...(hasTokens(found) && {
      policyChosenTokens: found.chosenTokens,
      policyRejectedTokens: found.rejectedTokens,
    }),
  };
}

const hasCertainties = (found: object): found is PairCertainty => 'chosenCertainty' in found;
const hasTokens = (found: object): found is PairTokenLogProbs => 'chosenTokens' in found;

/**
 * Means; but the largest weight, and how many pairs carry the weight, are the whole batch's, not a micro-batch's: of every term of a
 * sum of objectives.
 */
export function summarizePairs(metrics: Readonly<Record<string, readonly number[]>>): Metrics {
  const summary: Record<string, number> = { ...means(metrics) };
  for (const prefix of termPrefixes(Object.keys(metrics), 'weights/mean')) {
    const weights = metrics[`${prefix}weights/mean`] ?? [];
    const total = sum(weights);
    const squares = sum(weights.map((weight) => weight * weight));
    summary[`${prefix}weights/max`] = weights.reduce(
      (most, weight) => Math.max(most, weight),
      Number.NEGATIVE_INFINITY,
    );
    // 0 where every weight is.
    summary[`${prefix}weights/effective_sample_size`] =
      squares > 0 ? (total * total) / (weights.length * squares) : 0;
  }
  return summary;
}
