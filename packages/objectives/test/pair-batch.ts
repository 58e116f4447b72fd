import * as tf from '@tensorflow/tfjs-core';
import type { Evaluation, PairBatch } from '../src/index.js';

/** A batch of pairs from what differs: everything else is 0, every length 1. */
export function pairBatch(columns: Partial<Record<keyof PairBatch, number[]>>): PairBatch {
  const rows = Object.values(columns)[0]?.length ?? 1;
  const zeros = new Array<number>(rows).fill(0);
  const ones = new Array<number>(rows).fill(1);
  const base = {
    policyChosen: zeros,
    policyRejected: zeros,
    referenceChosen: zeros,
    referenceRejected: zeros,
    chosenLength: ones,
    rejectedLength: ones,
  };
  return Object.fromEntries(
    Object.entries({ ...base, ...columns }).map(([field, values]) => [field, tf.tensor1d(values, 'float32')]),
  ) as unknown as PairBatch;
}

/** The values of a tensor. */
export function numbers(tensor: tf.Tensor): number[] {
  return [...tensor.dataSync()];
}

/** The values of each metric of an evaluation. */
export function metricValues({ metrics }: Evaluation): Record<string, number[]> {
  return Object.fromEntries(Object.entries(metrics).map(([name, tensor]) => [name, numbers(tensor)]));
}
