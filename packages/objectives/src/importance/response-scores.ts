import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkTokens, type PairBatch, type TokenPairBatch } from '../contract/batch.js';
import { ObjectivesError } from '../errors.js';
import { sumByRow } from '../numerics/by-row.js';
import { detach } from '../numerics/detach.js';
import { applyBounds, type ClipBounds } from './ratio-bounds.js';

/** What weights read of one response of each pair, [batch]. */
export interface ResponseScores {
  /** s = log π_θ(y|x) − log μ(y|x). */
  readonly score: Tensor1D;
  /** α, a constant. */
  readonly alpha: Tensor1D;
  /** |y|. */
  readonly length: Tensor1D;
}

/** What weights read of the tokens of one response of each pair, [tokens]. */
export interface TokenScores {
  /** log π_θ(y_t). */
  readonly policy: Tensor1D;
  /** s_t = log π_θ(y_t) − log μ(y_t). */
  readonly scores: Tensor1D;
  /** The pair that each token belongs to. */
  readonly rows: Tensor1D;
}

const fields = {
  chosen: {
    behavior: 'behaviorChosen',
    rows: 'chosenTokenRow',
    policyTokens: 'policyChosenTokens',
    referenceTokens: 'referenceChosenTokens',
    behaviorTokens: 'behaviorChosenTokens',
  },
  rejected: {
    behavior: 'behaviorRejected',
    rows: 'rejectedTokenRow',
    policyTokens: 'policyRejectedTokens',
    referenceTokens: 'referenceRejectedTokens',
    behaviorTokens: 'behaviorRejectedTokens',
  },
} as const;

/**
 * The scores of the tokens of one response of each pair.
 *
 * @throws {ObjectivesError} `invalid-batch`, also if a batch has log-probabilities of another behavior policy than the reference, and
 *   not of its tokens
 */
export function tokenScores(owner: string, given: PairBatch, side: 'chosen' | 'rejected'): TokenScores {
  const batch = given as TokenPairBatch;
  const names = fields[side];
  if (batch[names.behavior] && !batch[names.behaviorTokens]) {
    throw new ObjectivesError(
      'invalid-batch',
      `${owner}: ${names.behaviorTokens} is missing from the batch; weights that read tokens compare with those of the behavior ` +
        `policy wherever ${names.behavior} is given.`,
    );
  }
  const constant = batch[names.behaviorTokens] ? names.behaviorTokens : names.referenceTokens;
  checkTokens(owner, batch, [names.policyTokens, constant], names.rows);
  const policy = batch[names.policyTokens];
  return {
    policy,
    scores: tf.sub<Tensor1D>(policy, detach(batch[constant] as Tensor1D)),
    rows: batch[names.rows],
  };
}

/** 1 for pairs whose responses both have a mean log-ratio within bounds, otherwise 0: a constant. */
export function keptByFilter(
  responses: readonly Pick<ResponseScores, 'score' | 'length'>[],
  filter: ClipBounds,
): Tensor1D {
  return responses
    .map(({ score, length }) =>
      tf.sub<Tensor1D>(1, applyBounds(tf.div<Tensor1D>(score, length), filter).outside),
    )
    .reduce((all, own) => tf.mul<Tensor1D>(all, own));
}

/** The share of a pair's tokens whose ratios are out of bounds, [batch], a constant. */
export function clippedTokens(
  sides: readonly TokenScores[],
  lengths: readonly Tensor1D[],
  bounds: ClipBounds,
): Tensor1D {
  const counts = sides.map(({ scores, rows }, side) =>
    sumByRow(applyBounds(scores, bounds).outside, rows, (lengths[side] as Tensor1D).size),
  );
  return tf.div<Tensor1D>(tf.addN(counts), detach(tf.addN([...lengths]) as Tensor1D));
}
