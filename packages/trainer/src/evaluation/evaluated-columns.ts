import type { Examples } from '@ais/data';
import type { Evaluation } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { chunksByLength, type Indexed } from '../inference/length-chunks.js';
import type { Metrics } from '../loop/training-options.js';
import { exampleRows } from '../optimizer/gradient-accumulation.js';

/** How an objective is measured over examples, a chunk of about equal lengths at a time. */
export interface ColumnsOptions<Item, Policy extends object> {
  /** What the losses are called. */
  readonly loss: string;
  readonly length: (item: Item) => number;
  /** Examples that the policy reads at once. */
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether a loss depends on other examples: then the objective is evaluated once, on all of them. */
  readonly wholeBatch?: boolean | undefined;
  /** What the policy says of some examples, under `tf.tidy`: tensors of rank 1 by name, example after example. */
  readonly policy: (items: readonly Item[]) => Policy;
  /** The objective's losses and metrics of a chunk, under `tf.tidy`. */
  readonly evaluate: (policy: Policy, chunk: readonly Indexed<Item>[]) => Evaluation;
}

/**
 * The losses and metrics of an objective over all examples, by name: one value per example. What belongs to a chunk is
 * repeated for each of its examples.
 *
 * @throws {TrainerError} `invalid-option` for a `batchSize` that is not an integer, or below 1
 * @throws the signal's reason when it aborts
 */
export async function evaluatedColumns<Item, Policy extends object>(
  examples: Examples<Item>,
  options: ColumnsOptions<Item, Policy>,
): Promise<Record<string, number[]>> {
  const { loss, length, signal, wholeBatch, policy, evaluate } = options;
  const ofAll = wholeBatch ? await policyOfAll(examples, options) : undefined;
  const batchSize = ofAll ? Math.max(1, examples.length) : options.batchSize;
  const columns: Record<string, number[]> = {};
  for await (const chunk of chunksByLength(examples, length, batchSize, signal)) {
    let names: readonly string[] = [];
    const table = tf.tidy(() => {
      const { losses, metrics } = evaluate(ofAll?.() ?? policy(chunk.map(({ item }) => item)), chunk);
      names = [loss, ...Object.keys(metrics)];
      return exampleRows(losses, metrics, chunk.length);
    });
    const values = await table.data<'float32'>();
    table.dispose();
    for (const [column, name] of names.entries()) {
      const found = columns[name] ?? [];
      columns[name] = found;
      for (let row = 0; row < chunk.length; row++) {
        found.push(values[row * names.length + column] ?? Number.NaN);
      }
    }
  }
  return columns;
}

/** What a policy says of all examples, read chunk by chunk: in one chunk they have the same order as in several. */
async function policyOfAll<Item, Policy extends object>(
  examples: Examples<Item>,
  { length, batchSize, signal, policy }: ColumnsOptions<Item, Policy>,
): Promise<() => Policy> {
  const found = new Map<string, number[]>();
  for await (const chunk of chunksByLength(examples, length, batchSize, signal)) {
    const items = chunk.map(({ item }) => item);
    const tensors = tf.tidy(() => ({ ...policy(items) }) as tf.NamedTensorMap);
    for (const [name, tensor] of Object.entries(tensors)) {
      const values = found.get(name) ?? [];
      found.set(name, values);
      for (const value of await tensor.data<'float32'>()) values.push(value);
    }
    tf.dispose(tensors);
  }
  const columns = [...found];
  return () => Object.fromEntries(columns.map(([name, values]) => [name, tf.tensor1d(values)])) as Policy;
}

/** Metrics of an evaluation: `eval_` before their names. */
export function evaluationMetrics(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]));
}
