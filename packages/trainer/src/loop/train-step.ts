import * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from '../optimizer/adamw.js';
import { accumulateGradients } from '../optimizer/gradient-accumulation.js';
import { globalNorm } from '../optimizer/gradient-clipping.js';
import type { Metrics } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/** A batch's gradients, and what its examples gave. */
export interface StepGradients {
  /** By parameter name; `dispose` frees them. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** The norm of all of them before clipping. */
  readonly norm: number;
  /** The mean loss over the batch's weight. */
  readonly loss: number;
  /** What the stage's metrics come to. */
  readonly metrics: Metrics;
  /** What is not finite, if anything is: the records whose loss is not, or else the whole batch for its gradient. */
  readonly defect: { readonly what: 'loss' | 'gradient'; readonly recordIds: readonly string[] } | undefined;
  dispose(): void;
}

/**
 * Computes the gradients of a batch's mean loss; parameters and optimizer are not touched.
 *
 * @param parameters those of the stage to differentiate by
 * @param batch indices of the examples
 */
export async function computeGradients(
  stage: Pick<TrainingStage, 'evaluate' | 'recordId' | 'summarize' | 'tokens' | 'weight'>,
  parameters: Parameters,
  batch: readonly number[],
  microBatchSize: number,
): Promise<StepGradients> {
  const normalizer = sum(batch.map(stage.weight));
  // Examples of similar length waste little on padding; a stable sort keeps the order deterministic.
  const sorted = [...batch].sort((a, b) => stage.tokens(a) - stage.tokens(b));
  const microBatches = chunks(sorted, microBatchSize);
  const { gradients, values, columns } = accumulateGradients(
    parameters,
    microBatches,
    normalizer,
    stage.evaluate,
  );
  const dispose = (): void => tf.dispose([...gradients.values()]);
  try {
    // One read per step: the norm and every example's loss and metrics come to the host together.
    const [norm = Number.NaN, ...flat] = await readTogether(() => [globalNorm(gradients), values]);
    const columnOf = (column: number): number[] =>
      sorted.map((_, row) => flat[row * columns.length + column] ?? 0);
    const losses = columnOf(0);
    const broken = sorted.filter((_, row) => !Number.isFinite(losses[row]));
    const metrics = Object.fromEntries(columns.slice(1).map((name, index) => [name, columnOf(index + 1)]));
    return {
      gradients,
      norm,
      loss: sum(losses) / normalizer,
      metrics: (stage.summarize ?? means)(metrics),
      defect:
        broken.length > 0
          ? { what: 'loss', recordIds: broken.map(stage.recordId) }
          : Number.isFinite(norm)
            ? undefined
            : { what: 'gradient', recordIds: batch.map(stage.recordId) },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    values.dispose();
  }
}

/** The names of those tensors that hold a NaN or an infinity. */
export async function nonFiniteNames(tensors: ReadonlyMap<string, tf.Tensor>): Promise<string[]> {
  const names = [...tensors.keys()];
  // 0·x is 0 for finite x and NaN for every other: no overflow can hide or feign a defect.
  const probes = await readTogether(() =>
    [...tensors.values()].map((tensor) => tf.tidy(() => tf.sum(tf.mul(tensor, 0)))),
  );
  return names.filter((_, index) => probes[index] !== 0);
}

async function readTogether(tensors: () => readonly tf.Tensor[]): Promise<Float32Array> {
  const joined = tf.tidy(() => tf.concat(tensors().map((tensor) => tf.reshape(tensor, [-1]))));
  const values = await joined.data<'float32'>();
  joined.dispose();
  return values;
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}

/** The mean of each metric over the examples. */
export function means(metrics: Readonly<Record<string, readonly number[]>>): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, values]) => [name, sum(values) / values.length]),
  );
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
