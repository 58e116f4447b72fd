import type { Examples } from '@ais/data';
import type { Evaluation } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { chunksByLength, type Indexed } from '../inference/length-chunks.js';
import type { Metrics } from '../loop/training-options.js';
import { exampleRows } from '../optimizer/gradient-accumulation.js';

/** How an objective is measured over examples, a chunk of about equal lengths at a time. */
export interface ColumnsOptions<Item> {
  /** What the losses are called. */
  readonly loss: string;
  readonly length: (item: Item) => number;
  /** Examples in memory at once. */
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  /** The objective's losses and metrics of a chunk, under `tf.tidy`. */
  readonly evaluate: (chunk: readonly Indexed<Item>[]) => Evaluation;
}

/**
 * The losses and metrics of an objective over all examples, by name: one value per example. What belongs to a chunk is
 * repeated for each of its examples.
 *
 * @throws the signal's reason when it aborts
 */
export async function evaluatedColumns<Item>(
  examples: Examples<Item>,
  { loss, length, batchSize, signal, evaluate }: ColumnsOptions<Item>,
): Promise<Record<string, number[]>> {
  const columns: Record<string, number[]> = {};
  for await (const chunk of chunksByLength(examples, length, batchSize, signal)) {
    let names: readonly string[] = [];
    const table = tf.tidy(() => {
      const { losses, metrics } = evaluate(chunk);
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

/** Metrics of an evaluation: `eval_` before their names. */
export function evaluationMetrics(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]));
}
