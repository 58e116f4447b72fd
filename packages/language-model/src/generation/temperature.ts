import * as tf from '@tensorflow/tfjs-core';

/**
 * Below this, a temperature means the most probable token, as in vLLM: logits that differ at all in float32 differ by
 * a millionth of their size, which leaves the less probable one nothing, and nothing is left to sample but ties.
 */
const GREEDY_BELOW = 1e-5;

/** Below this, logits are subtracted from before they are divided. */
const SMALL = 1e-2;

/** Whether a temperature means the most probable token. */
export function isGreedy(temperature: number): boolean {
  return temperature < GREEDY_BELOW;
}

/**
 * softmax(logits / temperature), row by row, for a temperature that is not greedy.
 *
 * Dividing by a small temperature makes logits large, and the rounding of large numbers moves the probabilities:
 * of 20 / 1e-5 the last digit is 1/8. So the largest logit is subtracted first, exactly for all that come near it.
 */
export function probabilitiesAt(logits: tf.Tensor2D, temperature: number): tf.Tensor2D {
  return tf.tidy(() => {
    if (temperature === 1) return tf.softmax(logits);
    const shifted = temperature < SMALL ? tf.sub(logits, tf.max(logits, 1, true)) : logits;
    return tf.softmax(tf.div(shifted, temperature)) as tf.Tensor2D;
  });
}
