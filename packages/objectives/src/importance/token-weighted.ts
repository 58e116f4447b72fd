import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  checkBatch,
  pairFields,
  type ReferenceFreePairBatch,
  type TokenPairBatch,
} from '../contract/batch.js';
import { checkChoice, withDefaults } from '../contract/check-option.js';
import type { Objective, Requirements } from '../contract/objective.js';
import { specificationVersion } from '../contract/specification-version.js';
import { sumByRow, takeByRow } from '../numerics/by-row.js';
import { detach } from '../numerics/detach.js';
import { SMALLEST } from './effective-sample-size.js';
import { requirePairs } from './importance-weighted.js';
import { inverseLength } from './inverse-length.js';
import {
  applyBounds,
  type ClipBounds,
  checkBounds,
  isBounded,
  masks,
  type RatioBounds,
} from './ratio-bounds.js';
import { clippedTokens, keptByFilter, type TokenScores, tokenScores } from './response-scores.js';
import { alphaOf, checkSmoothing, type Smoothing } from './smoothing.js';

/** How tokens are weighted; each option names its default. */
export interface TokenWeightOptions {
  /** α as a function of the length; `inverseLength()` by default, `fixed(1)` for plain ratios. */
  readonly smoothing?: Smoothing;
  /** One α per response from its own length (`'response'`, the default), or one per pair from |y_w| + |y_l|. */
  readonly pool?: 'response' | 'pair';
  /** Bounds on s_t, the log-ratio of each token; none by default. A token that is masked has a weight of 0. */
  readonly clipTokens?: RatioBounds;
  /** Bounds on s/|y|: if either response is out of them, all tokens of the pair have a weight of 0; none by default. */
  readonly filter?: ClipBounds;
}

/** Weights of tokens stop at e^20, about 4.9e8: gradients of losses up to e^60 then stay finite in float32. */
const LOG_TOKEN_WEIGHT_LIMIT = 20;

/**
 * Any pair objective with the gradient into each token's log-probability multiplied by the token's own importance weight.
 *
 * w_t = exp(α(|y|)·s_t), s_t = log π_θ(y_t|x, y_<t) − log μ(y_t|x, y_<t)
 *
 * Losses keep their values. log π_θ(y_t) becomes stop(log π_θ(y_t)) + w_t·(log π_θ(y_t) − stop(log π_θ(y_t))), so that f(βρ) has the
 * gradient f′(βρ)·β·(Σ_t w_t·∇log π_θ(y_w,t) − Σ_t w_t·∇log π_θ(y_l,t)).
 *
 * `token_weights/mean`, `token_weights/effective_sample_size` (of a pair's tokens, as a fraction), and `token_weights/overflow` (the share of
 * weights that float32 limits, at e^20) are added to the metrics, and with bounds `weights/clipped_tokens` and `weights/dropped`.
 *
 * @param objective the objective to weight
 * @param options bounds and smoothing
 * @returns an objective named `token-ais-` plus the name of the given one; it reads tokens, and a reference, which weights measure from
 * @throws {ObjectivesError} `coupled-objective` if a loss does not belong to one pair (`aot`); `invalid-option`
 * @example
 * const objective = tokenWeighted(dpo({ beta: 0.05 }), { smoothing: fixed(1), clipTokens: { upper: Math.log(2) } });
 * @see TRL `vllm_importance_sampling_mode="token_truncate"` and `"token_mask"`; OpenRLHF `tis`, `icepop`, and `seq-mask-tis`
 */
export function tokenWeighted<B extends ReferenceFreePairBatch>(
  objective: Objective<B>,
  options: TokenWeightOptions = {},
): Objective<B & TokenPairBatch> {
  requirePairs('tokenWeighted', objective);
  const { smoothing, pool, clipTokens, filter } = withDefaults<Required<TokenWeightOptions>>(
    'tokenWeighted',
    options,
    { smoothing: inverseLength(), pool: 'response', clipTokens: {}, filter: {} },
  );
  checkSmoothing('tokenWeighted', smoothing);
  checkChoice('tokenWeighted', 'pool', pool, ['response', 'pair']);
  checkBounds('tokenWeighted', 'clipTokens', clipTokens);
  checkBounds('tokenWeighted', 'filter', filter);
  const requires: Requirements = { ...objective.requires, reference: true, tokens: true };
  return {
    specificationVersion: specificationVersion(requires),
    name: `token-ais-${objective.name}`,
    requires,
    evaluate(batch) {
      checkBatch<TokenPairBatch>('tokenWeighted', batch, [
        ...pairFields(true),
        ...(batch.behaviorChosen ? (['behaviorChosen'] as const) : []),
        ...(batch.behaviorRejected ? (['behaviorRejected'] as const) : []),
      ]);
      return tf.tidy(() => {
        const { chosenLength, rejectedLength } = batch;
        const total = tf.add<Tensor1D>(chosenLength, rejectedLength);
        const chosen = tokenScores('tokenWeighted', batch, 'chosen');
        const rejected = tokenScores('tokenWeighted', batch, 'rejected');
        const kept = isBounded(filter)
          ? keptByFilter(
              [
                { score: scoreOf(chosen, chosenLength), length: chosenLength },
                { score: scoreOf(rejected, rejectedLength), length: rejectedLength },
              ],
              filter,
            )
          : undefined;
        const weigh = (scores: TokenScores, length: Tensor1D): TokenWeights =>
          weightsOf(
            scores,
            alphaOf('tokenWeighted', smoothing, pool === 'pair' ? total : length),
            clipTokens,
            kept,
          );
        const ofChosen = weigh(chosen, chosenLength);
        const ofRejected = weigh(rejected, rejectedLength);
        const { losses, metrics } = objective.evaluate({
          ...batch,
          policyChosenTokens: ofChosen.policy,
          policyRejectedTokens: ofRejected.policy,
          policyChosen: weightedSum(batch.policyChosen, ofChosen.policy, chosen.rows),
          policyRejected: weightedSum(batch.policyRejected, ofRejected.policy, rejected.rows),
        });
        const meanOf = (pick: (own: TokenWeights, rows: Tensor1D) => Tensor1D): Tensor1D =>
          tf.div<Tensor1D>(
            tf.add(
              sumByRow(pick(ofChosen, chosen.rows), chosen.rows, total.size),
              sumByRow(pick(ofRejected, rejected.rows), rejected.rows, total.size),
            ),
            detach(total),
          );
        const mean = meanOf(({ weights }) => weights);
        // Over their mean, so that no square overflows or underflows; 0 where every weight is.
        const scale = tf.maximum<Tensor1D>(mean, SMALLEST);
        const scaled = ({ weights }: TokenWeights, rows: Tensor1D): Tensor1D =>
          tf.div<Tensor1D>(weights, takeByRow(scale, rows));
        const squares = meanOf((own, rows) => tf.square(scaled(own, rows)));
        return {
          losses,
          metrics: {
            ...metrics,
            'token_weights/mean': mean,
            'token_weights/effective_sample_size': tf.div<Tensor1D>(
              tf.square(meanOf(scaled)),
              tf.maximum(squares, SMALLEST),
            ),
            'token_weights/overflow': meanOf(({ overflow }) => overflow),
            ...(isBounded(clipTokens) && {
              'weights/clipped_tokens': clippedTokens(
                [chosen, rejected],
                [chosenLength, rejectedLength],
                clipTokens,
              ),
            }),
            ...(kept && { 'weights/dropped': tf.sub<Tensor1D>(1, kept) }),
          },
        };
      });
    },
  };
}

interface TokenWeights {
  /** w_t, a constant. */
  readonly weights: Tensor1D;
  /** 1 where float32 limits the weight. */
  readonly overflow: Tensor1D;
  /** log π_θ(y_t) with weighted gradients. */
  readonly policy: Tensor1D;
}

function scoreOf({ scores, rows }: TokenScores, length: Tensor1D): Tensor1D {
  return sumByRow(scores, rows, length.size);
}

function weightsOf(
  { policy, scores, rows }: TokenScores,
  alpha: Tensor1D,
  bounds: RatioBounds,
  kept: Tensor1D | undefined,
): TokenWeights {
  const { logs, outside } = applyBounds(detach(scores), bounds);
  const scaled = tf.mul<Tensor1D>(takeByRow(alpha, rows), logs);
  const unmasked = tf.exp(tf.minimum<Tensor1D>(scaled, LOG_TOKEN_WEIGHT_LIMIT));
  const weights = [
    ...(masks(bounds) ? [tf.sub<Tensor1D>(1, outside)] : []),
    ...(kept ? [takeByRow(kept, rows)] : []),
  ].reduce<Tensor1D>((all, own) => tf.mul<Tensor1D>(all, own), unmasked);
  return {
    weights,
    overflow: tf.step(tf.sub<Tensor1D>(scaled, LOG_TOKEN_WEIGHT_LIMIT)),
    policy: tf.add<Tensor1D>(detach(policy), tf.mul(weights, tf.sub(policy, detach(policy)))),
  };
}

/** A sum as it was, with the gradients of its tokens. */
function weightedSum(sum: Tensor1D, tokens: Tensor1D, rows: Tensor1D): Tensor1D {
  return tf.add<Tensor1D>(detach(sum), sumByRow(tf.sub<Tensor1D>(tokens, detach(tokens)), rows, sum.size));
}
