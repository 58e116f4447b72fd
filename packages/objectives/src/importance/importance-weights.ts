import type { Tensor1D } from '@tensorflow/tfjs-core';
import { checkBatch, type PairBatch, pairFields } from '../contract/batch.js';
import type { Metrics } from '../contract/objective.js';
import { detach, withoutGradient } from '../numerics/detach.js';
import * as tf from '../numerics/operations.js';
import { EXPONENT_LIMIT } from '../numerics/safe-exponential.js';
import { adaptiveImportance, type ImportanceOptions } from './adaptive-importance.js';
import { effectiveSampleSize } from './effective-sample-size.js';
import type { ResponseScores } from './response-scores.js';
import { alphaOf } from './smoothing.js';

/**
 * Weights stop growing at log w = 40 (w about 2.4e17), whatever the options; if the pair's loss is above e^30, they stop
 * earlier, when the product of the two reaches e^70, about 2.5e30: its gradient, up to e^16 times as large if the two
 * scores of a pair cancel, stays finite in float32. The metric `weights/overflow` reports the share of such pairs.
 */
export const LOG_WEIGHT_LIMIT = 40;

/** Added to log w where a weight is 0: finite, so that no difference of two is NaN. */
const NO_WEIGHT = -1e30;

/** The weights of a batch, and what to report about them. */
export interface WeightedBatch {
  /** w, [batch]. */
  readonly weights: Tensor1D;
  readonly metrics: Metrics;
}

/**
 * The importance weight of each pair.
 *
 * w = exp( α(|y_w|)·s_w + α(|y_l|)·s_l ), s = log π_θ(y|x) − log μ(y|x)
 *
 * Computed in log space: bounds apply to log w, self-normalization subtracts the log of the mean, and `meanWeightOnly` takes
 * that logarithm in place of every log w. What `bounds` mask or filter has a weight of 0.
 *
 * @param batch the pairs; log-probabilities are summed over tokens
 * @param options as for `adaptiveImportance`, which fills in the defaults
 * @returns w, [batch], a constant unless `differentiable`
 * @throws {ObjectivesError} `invalid-batch`, `invalid-option`
 * @example
 * const weights = importanceWeights(batch, { smoothing: fixed(1) });
 * @see the source paper, section 3.1
 */
export function importanceWeights(batch: PairBatch, options: ImportanceOptions = {}): Tensor1D {
  return tf.tidy(() => weighBatch(batch, options).weights);
}

/**
 * {@link importanceWeights} together with their metrics.
 *
 * `weights/mean`, `weights/alpha` (the mean of the pair's two α), `weights/clipped` and `weights/overflow`
 * (1 if a bound, or the limit of float32, applied to log w, otherwise 0) are [batch]; `weights/max` and
 * `weights/effective_sample_size` (as a fraction of the batch) are [1]. They describe the weights that apply, so with
 * `meanWeightOnly` the largest is the mean and the effective sample size is 1. `bounds` add `weights/clipped_tokens`, the share of a pair's
 * tokens that were out of bounds, and `weights/dropped`, 1 if the weight is 0, where they can be.
 *
 * @param losses what the weights will be multiplied by, [batch]: a loss above e^30 lowers the limit of its weight, or of the
 *   batch's mean weight
 */
export function weighBatch(batch: PairBatch, options: ImportanceOptions, losses?: Tensor1D): WeightedBatch {
  const { smoothing, pool, clip, bounds, differentiable, selfNormalized, meanWeightOnly } =
    adaptiveImportance(options);
  checkBatch('importanceWeights', batch, [
    ...pairFields(true),
    ...(['behaviorChosen', 'behaviorRejected'] as const).filter((field) => batch[field]),
  ]);
  return tf.tidy(() => {
    const total = tf.add(batch.chosenLength, batch.rejectedLength) as Tensor1D;
    const response = (policy: Tensor1D, behavior: Tensor1D, length: Tensor1D): ResponseScores => ({
      score: tf.sub(policy, detach(behavior)),
      alpha: alphaOf('adaptiveImportance', smoothing, pool === 'pair' ? total : length),
      length,
    });
    const chosen = response(
      batch.policyChosen,
      batch.behaviorChosen ?? batch.referenceChosen,
      batch.chosenLength,
    );
    const rejected = response(
      batch.policyRejected,
      batch.behaviorRejected ?? batch.referenceRejected,
      batch.rejectedLength,
    );
    const bounded = bounds?.logWeights(batch, { chosen, rejected });
    const raw =
      bounded?.logs ??
      (tf.add(tf.mul(chosen.alpha, chosen.score), tf.mul(rejected.alpha, rejected.score)) as Tensor1D);
    const kept = bounded?.kept;

    const { lower = -Infinity, upper = Infinity } = clip;
    const clipped = tf.maximum(tf.minimum(raw, upper), lower) as Tensor1D;
    const outside = tf.add<Tensor1D>(tf.step(tf.sub(lower, raw)), tf.step(tf.sub(raw, upper)));
    // Exactly log w, or so far below that e^x is 0.
    const logs = kept ? tf.add<Tensor1D>(clipped, tf.mul(tf.sub(1, kept), NO_WEIGHT)) : clipped;
    const logWeights = selfNormalized ? overMean(logs) : meanWeightOnly ? meanOf(logs) : logs;
    const limit = losses ? limitBeside(losses, meanWeightOnly) : LOG_WEIGHT_LIMIT;
    const exponential = tf.exp(tf.minimum(logWeights, limit)) as Tensor1D;
    // Where all are dropped, each is its own mean.
    const applied = kept && selfNormalized ? tf.mul<Tensor1D>(exponential, kept) : exponential;
    const weights = differentiable ? applied : detach(applied);

    const values = detach(weights);
    return {
      weights,
      metrics: {
        'weights/mean': values,
        'weights/max': tf.reshape<tf.Rank.R1>(tf.max(values), [1]),
        'weights/effective_sample_size': tf.reshape<tf.Rank.R1>(
          tf.div(effectiveSampleSize(values), values.size),
          [1],
        ),
        'weights/clipped': bounded ? tf.maximum<Tensor1D>(outside, bounded.outside) : outside,
        'weights/overflow': tf.step(tf.sub<Tensor1D>(logWeights, limit)),
        'weights/alpha': tf.div<Tensor1D>(tf.add(chosen.alpha, rejected.alpha), 2),
        ...bounded?.metrics,
      },
    };
  });
}

/** Where log w stops beside each loss, or beside the largest one; taking the logarithm of 1 for less keeps it finite. */
function limitBeside(losses: Tensor1D, largest: boolean): Tensor1D {
  return withoutGradient([losses], (values) => {
    const size = tf.log(tf.maximum<Tensor1D>(tf.abs(values), 1));
    const limits = tf.sub<Tensor1D>(LOG_WEIGHT_LIMIT, tf.relu(tf.sub(size, EXPONENT_LIMIT)));
    return largest ? tf.tile(tf.reshape(tf.min(limits), [1]), [limits.size]) : limits;
  });
}

/** log of w over its mean, log w − log((1/n)·Σ w); taking the largest out first keeps the digits of large log w. */
function overMean(logWeights: Tensor1D): Tensor1D {
  const shifted = tf.sub(logWeights, detach(tf.max(logWeights)));
  return tf.sub(shifted, tf.sub(tf.logSumExp(shifted), Math.log(logWeights.size)));
}

/** log((1/n)·Σ w) in each row, which keeps the bits of equal weights. */
function meanOf(logWeights: Tensor1D): Tensor1D {
  const largest = detach(tf.max(logWeights));
  const total = tf.sum(tf.exp(tf.sub(logWeights, largest)));
  const mean = tf.add(largest, tf.log(tf.div(total, logWeights.size)));
  return tf.tile<Tensor1D>(tf.reshape(mean, [1]), [logWeights.size]);
}
