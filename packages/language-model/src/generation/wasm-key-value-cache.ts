import { runWasmKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { takeRows } from '../batch/row-selection.js';
import type { TokenRows } from '../batch/token-rows.js';
import { type AttentionGeometry, type BlockAttention, headPlaces, windowOf } from '../layers/attention.js';
import { sharedByGeometry } from '../layers/batch-attention.js';
import { rotaryTable } from '../layers/rotary.js';
import type { KeyValueCache } from './key-value-cache.js';

const padded = (count: number): number => Math.ceil(count / 4) * 4;

/**
 * A cache that the WASM kernels append to in place: one matrix a block, [rows, key–value heads · 2 · capacity ·
 * padded head size], in which each row's tokens lie without gaps, whatever the other rows' lengths.
 */
export class WasmKeyValueCache implements KeyValueCache {
  readonly #geometries: readonly AttentionGeometry[];
  readonly #capacity: number;
  #lengths: Int32Array;
  #blocks: tf.Tensor2D[];

  /** From the heads' inputs that each block's `wasmAttention` kept of the prompts, of which it disposes; `capacity` tokens a row. */
  constructor(
    geometries: readonly AttentionGeometry[],
    kept: readonly tf.Tensor[],
    prompts: TokenRows,
    capacity: number,
  ) {
    this.#geometries = geometries;
    this.#capacity = capacity;
    this.#lengths = Int32Array.from(prompts.rows, ({ tokens }) => tokens.length);
    const { batch, time } = prompts;
    this.#blocks = kept.map((heads, block) => {
      const { heads: count, keyValueHeads, headSize: size } = geometries[block] as AttentionGeometry;
      const cache = tf.tidy(() => {
        const facts = new Int32Array(4 * batch);
        this.#lengths.forEach((length, row) => {
          facts[4 * row] = length;
        });
        const [result] = runWasmKernel('fillCache', {
          inputs: [heads, tf.tensor2d(facts, [batch, 4], 'int32'), tf.range(0, batch, 1, 'int32')],
          outputs: [[batch, keyValueHeads * 2 * capacity * padded(size)]],
          items: batch,
          arguments: ([from, rows, chosen], [out]) =>
            [from, rows, chosen, time, count, keyValueHeads, size, capacity, out] as number[],
        });
        return result as tf.Tensor2D;
      });
      heads.dispose();
      return cache;
    });
  }

  get rows(): number {
    return this.#lengths.length;
  }

  select(indices: Int32Array): void {
    this.#blocks = this.#blocks.map((cache) => {
      const chosen = takeRows(cache, indices);
      cache.dispose();
      return chosen;
    });
    this.#lengths = indices.map((index) => this.#lengths[index] as number);
  }

  positions(): Int32Array {
    return this.#lengths;
  }

  step(): Pick<BlockAttention, 'forward'>[] {
    const { rows } = this;
    const capacity = this.#capacity;
    const lengths = tf.tensor1d(this.#lengths, 'int32');
    const tables = sharedByGeometry(this.#geometries, ({ rotary }) => {
      const { cos, sin, half } = rotaryTable(this.#lengths, rotary);
      return { cos: tf.tensor2d(cos, [rows, half]), sin: tf.tensor2d(sin, [rows, half]), half };
    });
    return this.#blocks.map((cache, block) => {
      const geometry = this.#geometries[block] as AttentionGeometry;
      const { heads, keyValueHeads, headSize: size, scale } = geometry;
      const { cos, sin, half } = tables[block] as (typeof tables)[number];
      return {
        forward: (projected) => {
          const [output] = runWasmKernel('decodeAttention', {
            inputs: [projected, lengths, cos, sin, cache],
            outputs: [[rows, heads * size]],
            items: rows,
            operations: 2 * rows * heads * size * capacity,
            scratch: padded(capacity) + 2 * padded(size),
            arguments: ([x, l, c, s, kept], [out]) =>
              [
                x,
                l,
                c,
                s,
                heads,
                keyValueHeads,
                size,
                ...headPlaces(geometry),
                half,
                scale,
                windowOf(geometry),
                capacity,
                kept,
                out,
              ] as number[],
          });
          return { output: output as tf.Tensor2D, memory: undefined };
        },
      };
    });
  }

  appended(): void {
    this.#lengths = this.#lengths.map((length) => length + 1);
  }

  dispose(): void {
    tf.dispose(this.#blocks);
    this.#blocks = [];
  }
}
