import * as tf from '@tensorflow/tfjs-core';
import type { TokenRows } from '../batch/token-rows.js';
import { runWasmKernel } from '../kernels/wasm-kernels.js';
import type { ModelShape } from '../model-shape.js';
import type { AttentionMemory, AttentionShape } from './attention.js';
import { rotaryTable } from './rotary.js';

/** What the attention kernels need to know about a batch, the same for every block. */
export interface WasmAttentionTables {
  readonly shape: AttentionShape;
  /** Dimensions a head. */
  readonly size: number;
  /** [batch, 4]: length, where the first branch begins and ends, first place whose result is read. */
  readonly rows: tf.Tensor2D;
  readonly cos: tf.Tensor2D;
  readonly sin: tf.Tensor2D;
  /** Angles a position. */
  readonly half: number;
  /** Positions from one row's table to the next one's: 0 where all rows share one. */
  readonly tableRow: number;
}

/** `firstRead` gives the first place of each row whose result anything reads; 0 by default. */
export function wasmAttentionTables(
  rows: TokenRows,
  configuration: ModelShape,
  firstRead?: Int32Array,
): WasmAttentionTables {
  const { batch, time, plain } = rows;
  const positions = plain ? rows.positions.subarray(0, time) : rows.positions;
  const { cos, sin, half } = rotaryTable(positions, configuration);
  const facts = new Int32Array(4 * batch);
  rows.rows.forEach(({ tokens, branchFrom, branchTo }, row) => {
    facts.set([tokens.length, branchFrom, branchTo, firstRead?.[row] ?? 0], 4 * row);
  });
  return {
    shape: { batch, time, heads: configuration.headCount },
    size: configuration.hiddenSize / configuration.headCount,
    rows: tf.tensor2d(facts, [batch, 4], 'int32'),
    cos: tf.tensor2d(cos, [positions.length, half]),
    sin: tf.tensor2d(sin, [positions.length, half]),
    half,
    tableRow: plain ? 0 : time,
  };
}

const padded = (count: number): number => Math.ceil(count / 4) * 4;

/** As `attention`, with one kernel for all heads; its memory is the heads' inputs and two numbers a query. */
export function wasmAttention(
  projected: tf.Tensor2D,
  tables: WasmAttentionTables,
): { readonly output: tf.Tensor2D; readonly memory: AttentionMemory } {
  const { shape, size, rows, cos, sin, half, tableRow } = tables;
  const { batch, time, heads: count } = shape;
  const [heads] = runWasmKernel('splitHeads', {
    inputs: [projected, rows, cos, sin],
    outputs: [[batch, count, 3, padded(time), padded(size)]],
    arguments: ([x, r, c, s], [out]) =>
      [x, r, c, s, tableRow, batch, time, count, size, half, 1 / Math.sqrt(size), out] as number[],
  }) as [tf.Tensor];
  const [output, statistics] = runWasmKernel('attention', {
    inputs: [heads, rows],
    outputs: [
      [batch * time, count * size],
      [batch, count, time, 2],
    ],
    scratch: padded(size) * (padded(time) + 4) + 4 * padded(time),
    arguments: ([h, r], [context, s], scratch) =>
      [h, r, batch, time, count, size, scratch, context, s] as number[],
  }) as [tf.Tensor2D, tf.Tensor];
  return { output, memory: [heads, statistics] };
}

/** As `attentionGradient`; the probabilities are computed again from the scores' statistics. */
export function wasmAttentionGradient(
  gradient: tf.Tensor2D,
  memory: AttentionMemory,
  tables: WasmAttentionTables,
): tf.Tensor2D {
  return tf.tidy(() => {
    const { shape, size, rows, cos, sin, half, tableRow } = tables;
    const { batch, time, heads: count } = shape;
    const [heads, statistics] = memory as [tf.Tensor, tf.Tensor];
    const [headGradients] = runWasmKernel('attentionGradient', {
      inputs: [gradient, heads, rows, statistics],
      outputs: [heads.shape],
      scratch: 3 * padded(size) * padded(time) + 2 * padded(time) ** 2,
      arguments: ([g, h, r, s], [out], scratch) =>
        [g, h, r, s, batch, time, count, size, scratch, out] as number[],
    }) as [tf.Tensor];
    const [result] = runWasmKernel('joinHeadGradients', {
      inputs: [headGradients, rows, cos, sin],
      outputs: [[batch * time, 3 * count * size]],
      arguments: ([h, r, c, s], [out]) =>
        [h, r, c, s, tableRow, batch, time, count, size, half, 1 / Math.sqrt(size), out] as number[],
    }) as [tf.Tensor2D];
    return result;
  });
}
