import { hasNativeKernels, hasWasmKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { PackedRows } from '../batch/packed-rows.js';
import { type RowSelection, sliceRows } from '../batch/row-selection.js';
import type { TokenRows } from '../batch/token-rows.js';
import {
  type AttentionGeometry,
  type AttentionMemory,
  attention,
  attentionGradient,
  attentionTables,
  type BlockAttention,
} from './attention.js';
import { nativeAttention } from './native-attention.js';
import {
  type WasmAttentionMemory,
  wasmAttention,
  wasmAttentionGradient,
  wasmAttentionTables,
} from './wasm-attention.js';

/**
 * Attention over a rectangle of rows; what it needs of them is made once, in the caller's tidy.
 *
 * @param selection the places whose results anything reads; all by default
 */
export function batchAttention(
  rows: TokenRows,
  geometry: AttentionGeometry,
  selection?: RowSelection,
): BlockAttention {
  if (hasWasmKernels()) {
    const tables = wasmAttentionTables(rows, geometry, selection && firstRead(rows, selection));
    return {
      forward: (projected) => wasmAttention(projected, geometry, tables),
      backward: (gradient, memory) =>
        wasmAttentionGradient(gradient, memory as WasmAttentionMemory, geometry, tables),
    };
  }
  if (hasNativeKernels()) {
    const { positions } = rows;
    return nativeAttention({ rectangles: [rows], positions }, geometry, selection?.indices);
  }
  const tables = attentionTables(rows, geometry);
  return {
    forward: (projected) => attention(projected, geometry, tables),
    backward: (gradient, memory) => attentionGradient(gradient, memory as AttentionMemory, geometry, tables),
  };
}

/** Attention over packed rows, a rectangle at a time where no kernel takes all of them; otherwise as `batchAttention`. */
export function packedAttention(
  rows: PackedRows,
  geometry: AttentionGeometry,
  selection?: RowSelection,
): BlockAttention {
  if (hasNativeKernels()) return nativeAttention(rows, geometry, selection?.indices);
  const { rectangles } = rows;
  let end = 0;
  const parts = rectangles.map((rectangle) => {
    const from = end;
    const count = rectangle.tokens.length;
    end += count;
    return {
      attention: batchAttention(rectangle, geometry, selection && selectionWithin(selection, from, count)),
      rowsOf: (x: tf.Tensor2D): tf.Tensor2D => sliceRows(x, from, count),
    };
  });
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only.attention;
  return {
    forward: (projected) => {
      const results = parts.map(({ attention, rowsOf }) => attention.forward(rowsOf(projected)));
      return {
        output: tf.concat(
          results.map(({ output }) => output),
          0,
        ),
        memory: results.map(({ memory }) => memory),
      };
    },
    backward: (gradient, memory) =>
      tf.concat(
        parts.map(({ attention, rowsOf }, index) =>
          attention.backward(rowsOf(gradient), (memory as readonly unknown[])[index]),
        ),
        0,
      ),
  };
}

/** Whether attention keeps its probabilities for the gradient; kernels make them again. */
export const keepsProbabilities = (): boolean => !hasNativeKernels() && !hasWasmKernels();

/**
 * What `make` gives for each block: blocks of one geometry share it.
 *
 */
export function sharedByGeometry<Shared>(
  geometries: readonly AttentionGeometry[],
  make: (geometry: AttentionGeometry) => Shared,
): Shared[] {
  const made = new Map<string, Shared>();
  return geometries.map((geometry) => {
    const { heads, keyValueHeads, headSize, layout, scale, rotary, window } = geometry;
    const key = JSON.stringify([heads, keyValueHeads, headSize, layout, scale, rotary, window]);
    const shared = made.get(key) ?? make(geometry);
    made.set(key, shared);
    return shared;
  });
}

/** Of a selection, what lies in `count` rows from `from` on, counted from there. */
function selectionWithin({ indices }: RowSelection, from: number, count: number): RowSelection {
  const within = indices.filter((index) => index >= from && index < from + count);
  return { indices: within.map((index) => index - from), total: count };
}

/** The first selected place of each row; its length where none is. */
function firstRead({ rows, time }: TokenRows, { indices }: RowSelection): Int32Array {
  const first = Int32Array.from(rows, ({ tokens }) => tokens.length);
  for (const index of indices) {
    const row = Math.floor(index / time);
    first[row] = Math.min(first[row] as number, index % time);
  }
  return first;
}
