import * as tf from '@tensorflow/tfjs-core';
import { notFinite } from '../errors.js';

const checked = new WeakSet<object>();

/**
 * Checks, the first time that models compute something, that it is finite: later results cost nothing. Weights are
 * finite when they are loaded, but can be so large that what is computed from them is not.
 *
 * One sum, and one number read from the back end. WebGPU's results cannot be waited for here; `generate` checks each
 * token's log-probability everywhere.
 *
 * @param models what computed the values
 * @throws {LanguageModelError} `not-finite`
 */
export function checkFirstUse(models: readonly object[], values: tf.Tensor): void {
  if (values.size === 0 || models.every((model) => checked.has(model)) || tf.getBackend() === 'webgpu')
    return;
  const sum = tf.tidy(() => tf.sum(values));
  const [total] = sum.dataSync();
  sum.dispose();
  if (!Number.isFinite(total)) throw notFinite();
  for (const model of models) checked.add(model);
}
