import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import type { Parameters } from './adamw.js';

/** What a stage computes for some examples, on the device, one value an example. */
export interface ExampleLosses {
  /** Summed over each example's own weight (its tokens, or 1 for a pair). */
  readonly losses: tf.Tensor1D;
  /** One value an example, or one for all of them. */
  readonly metrics: Readonly<Record<string, tf.Tensor1D>>;
}

/** A batch's gradients and what its examples gave. */
export interface BatchGradients {
  /** By parameter name; the caller disposes of them. */
  readonly gradients: Map<string, tf.Tensor>;
  /** One row an example, in the order of the micro-batches; `values` is still on the device and the caller's to dispose of. */
  readonly values: tf.Tensor2D;
  /** The columns of `values`; the first is `loss`. */
  readonly columns: readonly string[];
}

/**
 * Sums gradients of Σ losses / normalizer over micro-batches, so that they equal the whole batch's.
 *
 * The normalizer is the whole batch's (its number of tokens or pairs), whatever the sizes of the micro-batches:
 * an average of micro-batch averages would weigh examples of small or short micro-batches more.
 *
 * @param parameters what to differentiate by
 * @param microBatches indices of the examples of each
 * @param normalizer Σ of the examples' weights over the whole batch
 * @param evaluate computes the losses of some examples under the tape
 * @returns gradients and per-example values; one micro-batch's intermediates are in memory at a time
 * @throws {TrainerError} `missing-gradients` where TensorFlow.js has none registered
 * @example
 * const x = tf.variable(tf.scalar(2));
 * const { gradients } = accumulateGradients(new Map([['x', x]]), [[0], [1]], 2, (indices) => ({
 *   losses: tf.mul(tf.square(x), tf.ones([indices.length])),
 *   metrics: {},
 * }));
 * console.log(gradients.get('x').dataSync()[0]); // 4
 */
export function accumulateGradients(
  parameters: Parameters,
  microBatches: readonly (readonly number[])[],
  normalizer: number,
  evaluate: (indices: readonly number[]) => ExampleLosses,
): BatchGradients {
  if (tf.getGradient('Sub') === undefined) {
    throw new TrainerError(
      'missing-gradients',
      'No gradients are registered in @tensorflow/tfjs-core. await registerGradients() of @ais/objectives/gradients once, ' +
        "import '@tensorflow/tfjs-layers' (or '@tensorflow/tfjs'), or call useBackend() of @ais/runtime.",
    );
  }
  const variables = [...parameters.values()];
  const nameOf = new Map([...parameters].map(([name, variable]) => [variable.name, name]));
  const gradients = new Map<string, tf.Tensor>();
  const rows: tf.Tensor2D[] = [];
  let columns: readonly string[] = [];

  try {
    for (const indices of microBatches) {
      // Under tidy: where no variable is connected with the loss, variableGrads throws and keeps the loss.
      const { value, grads } = tf.tidy(() =>
        tf.variableGrads(() => {
          const { losses, metrics } = evaluate(indices);
          columns = ['loss', ...Object.keys(metrics)];
          rows.push(tf.keep(exampleRows(losses, metrics, indices.length)));
          return tf.div(tf.sum(losses), normalizer) as tf.Scalar;
        }, variables),
      );
      value.dispose();
      for (const [variable, gradient] of Object.entries(grads)) {
        const name = nameOf.get(variable);
        if (gradient === null || name === undefined) continue;
        const sum = gradients.get(name);
        gradients.set(name, sum ? tf.add(sum, gradient) : gradient);
        if (sum) tf.dispose([sum, gradient]);
      }
    }
    return { gradients, values: tf.concat(rows, 0) as tf.Tensor2D, columns };
  } catch (error) {
    tf.dispose([...gradients.values()]);
    throw error;
  } finally {
    tf.dispose(rows);
  }
}

/** Losses and metrics side by side, one row per example; a value for all examples is repeated in each row. */
export function exampleRows(
  losses: tf.Tensor1D,
  metrics: ExampleLosses['metrics'],
  count: number,
): tf.Tensor2D {
  const columns = [losses, ...Object.values(metrics)].map((values, column) => {
    if (values.size === count) return tf.reshape(values, [count]);
    if (values.size === 1 && column > 0) return tf.tile(tf.reshape(values, [1]), [count]);
    const name = ['loss', ...Object.keys(metrics)][column];
    throw new TrainerError(
      'unsupported-objective',
      `A batch of ${count} needs one ${name} per example, got ${values.size}.`,
    );
  });
  return tf.stack(columns, 1) as tf.Tensor2D;
}
