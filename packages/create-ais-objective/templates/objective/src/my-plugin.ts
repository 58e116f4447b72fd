import { logSigmoid, type Objective, pairObjective } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

export interface MyPluginOptions {
  /** β, the strength of the regularization, above 0. */
  readonly beta: number;
  /** γ, by how much the chosen response is to win; 0 by default. */
  readonly margin?: number;
}

/**
 * DPO with a margin: an example to replace with a formula of your own.
 *
 * ℓ = −log σ(β(r_w − r_l) − γ)
 *
 * r(y) = log π_θ(y|x) − log π_ref(y|x) is summed over the tokens of a response, in nats; losses are [batch], and the caller takes
 * the mean.
 */
export function myPlugin({ beta, margin = 0 }: MyPluginOptions): Objective {
  return pairObjective({
    name: 'my-plugin',
    beta,
    losses: ({ chosen, rejected }) =>
      tf.neg(logSigmoid(tf.sub(tf.mul(beta, tf.sub(chosen, rejected)), margin))),
  });
}
