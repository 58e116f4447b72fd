import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { EXPONENT_LIMIT, safeExponential } from '../numerics/safe-exponential.js';
import { directAlignment } from '../objectives/direct-alignment.js';

/** Options of `discoPop`. */
export interface DiscoPopOptions {
  /** β, above 0. */
  readonly beta: number;
  /** τ, the temperature of the blend, above 0; 0.05 by default. */
  readonly temperature?: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * DiscoPOP, the log-ratio-modulated loss that a language model discovered: a blend of the logistic and exponential losses.
 *
 * ℓ = (1−m)·(−log σ(z)) + m·e^(−z), z = βρ, m = σ(z/τ)
 *
 * When to use: to compare with a loss that was discovered rather than derived.
 *
 * Gotcha: it is not convex and has a bump of width τ around z = 0.
 *
 * @throws {ObjectivesError} `invalid-option` unless β and τ are above 0
 * @example
 * const { losses } = discoPop({ beta: 0.1 }).evaluate(batch);
 * @see Lu et al. 2024, "Discovering Preference Optimization Algorithms with and for Large Language Models",
 *   equation 5; TRL `discopop`
 */
export function discoPop(options: DiscoPopOptions): Objective {
  const { beta, temperature = 0.05, importance } = options;
  checkOption(
    'discoPop',
    'temperature',
    temperature,
    (x) => x > 0 && Number.isFinite(x),
    'a finite number above 0',
  );
  return directAlignment({
    beta,
    importance,
    loss: {
      name: 'disco-pop',
      convex: false,
      tangentBelow: -EXPONENT_LIMIT,
      value: (z) => {
        const blend = tf.sigmoid(tf.div(z, temperature));
        const rest = tf.sigmoid(tf.div(z, -temperature));
        return tf.sub(tf.mul(blend, safeExponential(tf.neg(z))), tf.mul(rest, logSigmoid(z)));
      },
      // m′ = m·(1−m)/τ with both factors as sigmoids: the tape takes 1 − m, which loses the digits of small 1 − m.
      derivative: (z) => {
        const blend = tf.sigmoid(tf.div(z, temperature));
        const rest = tf.sigmoid(tf.div(z, -temperature));
        const slope = tf.div(tf.mul(blend, rest), temperature);
        const turn = tf.mul(slope, tf.add(safeExponential(tf.neg(z)), logSigmoid(z)));
        const steep = tf.mul(blend, tf.exp(tf.minimum(tf.neg(z), EXPONENT_LIMIT)));
        return tf.sub(turn, tf.add(steep, tf.mul(rest, tf.sigmoid(tf.neg(z)))));
      },
    },
  });
}
