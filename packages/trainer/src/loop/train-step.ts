import * as tf from '@tensorflow/tfjs-core';
import { fromFirst } from '../group/leading.js';
import { alone, type ProcessGroup } from '../group/process-group.js';
import { reduceGradients } from '../group/reduce-gradients.js';
import type { Parameters } from '../optimizer/adamw.js';
import { accumulateGradients, type BatchGradients } from '../optimizer/gradient-accumulation.js';
import { globalNorm } from '../optimizer/gradient-clipping.js';
import { mean, sum } from '../run/mean.js';
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
  /** What is not finite, if anything is: the records whose loss is not, or else the whole batch for its mean or its gradient. */
  readonly defect: { readonly what: 'loss' | 'gradient'; readonly recordIds: readonly string[] } | undefined;
  dispose(): void;
}

/** What a stage says of its examples. */
type Examples = Pick<TrainingStage, 'evaluate' | 'recordId' | 'summarize' | 'tokens' | 'weight'>;

/** What one process has computed of a batch: its own part, under the whole batch's normalizer. */
export interface GradientShare {
  readonly batch: readonly number[];
  /** The batch by length; rank r of n has the places r, r + n, r + 2n, …, so that all have about as many tokens. */
  readonly sorted: readonly number[];
  readonly normalizer: number;
  /** Nothing where the batch has fewer examples than the group has processes. */
  readonly computed: BatchGradients | undefined;
  dispose(): void;
}

/**
 * Computes the gradients of a batch's mean loss; parameters and optimizer are not touched.
 *
 * @param parameters those of the stage to differentiate by
 * @param batch indices of the examples
 */
export async function computeGradients(
  stage: Examples,
  parameters: Parameters,
  batch: readonly number[],
  microBatchSize: number,
): Promise<StepGradients> {
  return combineShares(stage, parameters, shareOfGradients(stage, parameters, batch, microBatchSize));
}

/** The part of a batch's gradients that this process computes: all of it, for one process by itself. */
export function shareOfGradients(
  stage: Examples,
  parameters: Parameters,
  batch: readonly number[],
  microBatchSize: number,
  { rank, size }: Pick<ProcessGroup, 'rank' | 'size'> = alone,
): GradientShare {
  const normalizer = sum(batch.map(stage.weight));
  // Examples of similar length waste little on padding; a stable sort keeps the order deterministic.
  const sorted = [...batch].sort((a, b) => stage.tokens(a) - stage.tokens(b));
  const own = size === 1 ? sorted : sorted.filter((_, place) => place % size === rank);
  const computed =
    own.length === 0
      ? undefined
      : accumulateGradients(parameters, chunks(own, microBatchSize), normalizer, stage.evaluate);
  return {
    batch,
    sorted,
    normalizer,
    computed,
    dispose: () => computed && tf.dispose([...computed.gradients.values(), computed.values]),
  };
}

/** Puts the parts of all processes together; every process gets the whole batch's. Disposes of the part that it is given. */
export async function combineShares(
  stage: Examples,
  parameters: Parameters,
  share: GradientShare,
  group: ProcessGroup = alone,
): Promise<StepGradients> {
  const { batch, sorted, normalizer } = share;
  const { gradients, values, columns } = await wholeGradients(parameters, share, group).catch(
    (error: unknown) => {
      share.dispose();
      throw error;
    },
  );
  const dispose = (): void => tf.dispose([...gradients.values()]);
  try {
    // One read per step: the norm and every example's loss and metrics come to the host together.
    const [norm = Number.NaN, ...flat] = await readTogether(() => [globalNorm(gradients), values]);
    const columnOf = (column: number): number[] =>
      sorted.map((_, row) => flat[row * columns.length + column] ?? 0);
    const losses = columnOf(0);
    const loss = sum(losses) / normalizer;
    const broken = sorted.filter((_, row) => !Number.isFinite(losses[row]));
    const metrics = Object.fromEntries(columns.slice(1).map((name, index) => [name, columnOf(index + 1)]));
    return {
      gradients,
      norm,
      loss,
      metrics: (stage.summarize ?? means)(metrics),
      defect: defectOf({ loss, norm, broken, batch }, stage),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    values.dispose();
  }
}

/** Of a batch whose examples weigh 0 together, the loss is 0/0 and the gradient need not show it. */
function defectOf(
  found: Pick<StepGradients, 'loss' | 'norm'> & Record<'broken' | 'batch', readonly number[]>,
  { recordId }: Pick<Examples, 'recordId'>,
): StepGradients['defect'] {
  const { loss, norm, broken, batch } = found;
  if (broken.length > 0) return { what: 'loss', recordIds: broken.map(recordId) };
  if (!Number.isFinite(loss)) return { what: 'loss', recordIds: batch.map(recordId) };
  return Number.isFinite(norm) ? undefined : { what: 'gradient', recordIds: batch.map(recordId) };
}

/** The whole batch's gradients and values, in every process. */
async function wholeGradients(
  parameters: Parameters,
  { sorted, computed }: GradientShare,
  group: ProcessGroup,
): Promise<BatchGradients> {
  const { rank, size } = group;
  if (size === 1 && computed) return computed;
  // A process without examples does not know what others have computed: rank 0 has the first example of every batch.
  const known = computed && { columns: computed.columns, names: [...computed.gradients.keys()] };
  const { columns, names } = sorted.length < size || !known ? await fromFirst(group, known) : known;
  // Rows of the others are 0 here, and this process's are 0 there: sums are exact, and carry what is not finite.
  const rows = new Float32Array(new ArrayBuffer(4 * sorted.length * columns.length));
  const own = await computed?.values.data<'float32'>();
  computed?.values.dispose();
  own?.forEach((value, index) => {
    const row = Math.floor(index / columns.length) * size + rank;
    rows[row * columns.length + (index % columns.length)] = value;
  });
  const shapeOf = (name: string): readonly number[] => parameters.get(name)?.shape ?? [];
  await group.allReduce(rows);
  const gradients = await reduceGradients(computed?.gradients ?? new Map(), names, shapeOf, group);
  return { gradients, values: tf.tensor2d(rows, [sorted.length, columns.length]), columns };
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
  return Object.fromEntries(Object.entries(metrics).map(([name, values]) => [name, mean(values)]));
}
