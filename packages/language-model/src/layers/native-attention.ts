import { type NativeKernelAttributes, runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { PackedRows } from '../batch/packed-rows.js';
import type { TokenRows } from '../batch/token-rows.js';
import { type AttentionGeometry, type BlockAttention, headPlaces, windowOf } from './attention.js';
import { rotaryTable } from './rotary.js';

/** What the gradient needs: the heads' inputs, and log Σ exp of each query's scores. */
export type NativeAttentionMemory = { readonly heads: tf.Tensor; readonly logSums: tf.Tensor };

/**
 * Attention over packed rows as one operation of native TensorFlow, with another one for its gradient: no mask, no padding, and
 * no probabilities in memory. What it needs of the rows is made once, in the caller's tidy.
 *
 * @param read the tokens whose result anything reads, in any order; all by default
 */
export function nativeAttention(
  { rectangles, positions }: Pick<PackedRows, 'rectangles' | 'positions'>,
  geometry: AttentionGeometry,
  read?: Int32Array,
): BlockAttention<NativeAttentionMemory> {
  const { cos, sin, half } = rotaryTable(positions, geometry.rotary);
  const tables = [
    rowTable(rectangles, read),
    tf.tensor2d(cos, [positions.length, half]),
    tf.tensor2d(sin, [positions.length, half]),
  ];
  const attributes = geometryAttributes(geometry);
  return {
    forward: (projected) => {
      const [output, kept, logSums] = runNativeKernel(
        'AisAttention',
        [projected, ...tables],
        attributes,
        3,
      ) as [tf.Tensor2D, tf.Tensor, tf.Tensor];
      return { output, memory: { heads: kept, logSums } };
    },
    backward: (gradient, memory) =>
      runNativeKernel(
        'AisAttentionGradient',
        [gradient, memory.heads, memory.logSums, ...tables],
        attributes,
        1,
      )[0] as tf.Tensor2D,
  };
}

/** What the operations know of each row, [rows, 6]: as `Row` in `kernels.h`. */
export function rowTable(rectangles: readonly TokenRows[], read?: Int32Array): tf.Tensor2D {
  const facts: number[][] = [];
  // Callers give their rows in their own order, and here the longest comes first.
  const ascending = read?.toSorted();
  let start = 0;
  for (const { rows, time } of rectangles) {
    for (const { tokens, branchFrom, branchTo } of rows) {
      const firstRead = ascending
        ? (ascending.find((place) => place >= start) ?? start + tokens.length) - start
        : 0;
      facts.push([start, tokens.length, branchFrom, branchTo, Math.min(firstRead, tokens.length), start]);
      start += time;
    }
  }
  return tf.tensor2d(facts, [facts.length, 6], 'int32');
}

/** What the operations know of an attention: as `Geometry` in `kernels.h`. */
export function geometryAttributes(
  geometry: AttentionGeometry,
): Required<Pick<NativeKernelAttributes, 'geometry' | 'scale'>> {
  const { heads, keyValueHeads, headSize, scale, rotary } = geometry;
  const half = (rotary?.dimensions ?? 0) / 2;
  return {
    geometry: [heads, keyValueHeads, headSize, ...headPlaces(geometry), half, windowOf(geometry)],
    scale,
  };
}
