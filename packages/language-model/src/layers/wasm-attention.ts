import { runWasmKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { TokenRows } from '../batch/token-rows.js';
import { type AttentionGeometry, headPlaces, projectionWidth, windowOf } from './attention.js';
import { rotaryTable } from './rotary.js';

/** What the attention kernels need to know about a batch, the same for every block of one geometry. */
export interface WasmAttentionTables {
  readonly batch: number;
  readonly time: number;
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
  geometry: AttentionGeometry,
  firstRead?: Int32Array,
): WasmAttentionTables {
  const { batch, time, plain } = rows;
  const positions = plain ? rows.positions.subarray(0, time) : rows.positions;
  const { cos, sin, half } = rotaryTable(positions, geometry.rotary);
  const facts = new Int32Array(4 * batch);
  rows.rows.forEach(({ tokens, branchFrom, branchTo }, row) => {
    facts.set([tokens.length, branchFrom, branchTo, firstRead?.[row] ?? 0], 4 * row);
  });
  return {
    batch,
    time,
    rows: tf.tensor2d(facts, [batch, 4], 'int32'),
    cos: tf.tensor2d(cos, [positions.length, half]),
    sin: tf.tensor2d(sin, [positions.length, half]),
    half,
    tableRow: plain ? 0 : time,
  };
}

const padded = (count: number): number => Math.ceil(count / 4) * 4;

/** What the kernels that take a projection apart, and put its gradient together, know of it, in their order. */
function layoutOf(geometry: AttentionGeometry, tables: WasmAttentionTables): number[] {
  const { heads, keyValueHeads, headSize, scale } = geometry;
  const { tableRow, time, half } = tables;
  return [tableRow, time, heads, keyValueHeads, headSize, ...headPlaces(geometry), half, scale];
}

/** The heads' inputs, and two numbers a query. */
export type WasmAttentionMemory = { readonly heads: tf.Tensor; readonly statistics: tf.Tensor };

/** As `attention`, with one kernel for all heads. */
export function wasmAttention(
  projected: tf.Tensor2D,
  geometry: AttentionGeometry,
  tables: WasmAttentionTables,
): { readonly output: tf.Tensor2D; readonly memory: WasmAttentionMemory } {
  const { heads: count, keyValueHeads, headSize: size } = geometry;
  const { batch, time, rows, cos, sin } = tables;
  const layout = layoutOf(geometry, tables);
  const window = windowOf(geometry);
  const [heads] = runWasmKernel('splitHeads', {
    inputs: [projected, rows, cos, sin],
    outputs: [[batch, count + 2 * keyValueHeads, padded(time), padded(size)]],
    items: batch * (count + 2 * keyValueHeads),
    arguments: ([x, r, c, s], [out]) => [x, r, c, s, ...layout, out] as number[],
  }) as [tf.Tensor];
  const [output, statistics] = runWasmKernel('attention', {
    inputs: [heads, rows],
    outputs: [
      [batch * time, count * size],
      [batch, count, time, 2],
    ],
    items: batch * keyValueHeads,
    operations: batch * count * time ** 2 * size,
    scratch: padded(size) * (padded(time) + 4) + 4 * padded(time),
    arguments: ([h, r], [context, s]) =>
      [h, r, time, count, keyValueHeads, size, window, context, s] as number[],
  }) as [tf.Tensor2D, tf.Tensor];
  return { output, memory: { heads, statistics } };
}

/** As `attentionGradient`; the probabilities are computed again from the scores' statistics. */
export function wasmAttentionGradient(
  gradient: tf.Tensor2D,
  { heads, statistics }: WasmAttentionMemory,
  geometry: AttentionGeometry,
  tables: WasmAttentionTables,
): tf.Tensor2D {
  return tf.tidy(() => {
    const { heads: count, keyValueHeads, headSize: size } = geometry;
    const { batch, time, rows, cos, sin } = tables;
    const layout = layoutOf(geometry, tables);
    const window = windowOf(geometry);
    const [headGradients] = runWasmKernel('attentionGradient', {
      inputs: [gradient, heads, rows, statistics],
      outputs: [heads.shape],
      items: batch * keyValueHeads,
      operations: 2 * batch * count * time ** 2 * size,
      scratch: padded(size) * (3 * padded(time) + 4) + 2 * padded(time) ** 2,
      arguments: ([g, h, r, s], [out]) =>
        [g, h, r, s, time, count, keyValueHeads, size, window, out] as number[],
    }) as [tf.Tensor];
    const [result] = runWasmKernel('joinHeadGradients', {
      inputs: [headGradients, rows, cos, sin],
      outputs: [[batch * time, projectionWidth(geometry)]],
      items: batch * (count + 2 * keyValueHeads),
      arguments: ([h, r, c, s], [out]) => [h, r, c, s, ...layout, out] as number[],
    }) as [tf.Tensor2D];
    return result;
  });
}
