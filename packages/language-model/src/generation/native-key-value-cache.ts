import { runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { takeRows } from '../batch/row-selection.js';
import type { TokenRows } from '../batch/token-rows.js';
import type { AttentionGeometry, BlockAttention } from '../layers/attention.js';
import { sharedByGeometry } from '../layers/batch-attention.js';
import { geometryAttributes, rowTable } from '../layers/native-attention.js';
import { rotaryTable } from '../layers/rotary.js';
import type { KeyValueCache } from './key-value-cache.js';

/**
 * A cache that an operation of native TensorFlow appends to in place: one matrix a block, [slots, key–value heads · 2 · capacity ·
 * padded head size]. A row's tokens lie without gaps in its slot, whatever the other rows' lengths.
 */
export class NativeKeyValueCache implements KeyValueCache {
  readonly #geometries: readonly AttentionGeometry[];
  /** Tokens a row has room for, a multiple of 16. */
  readonly #capacity: number;
  /** By row. */
  #slots: Int32Array;
  #lengths: Int32Array;
  #blocks: tf.Tensor2D[];

  private constructor(
    geometries: readonly AttentionGeometry[],
    capacity: number,
    lengths: Int32Array,
    blocks: tf.Tensor2D[],
  ) {
    this.#geometries = geometries;
    this.#capacity = capacity;
    this.#lengths = lengths;
    this.#slots = lengths.map((_, row) => row);
    this.#blocks = blocks;
  }

  /**
   * From the heads' inputs that each block's `nativeAttention` kept of each rectangle of prompts, of which it disposes.
   *
   * @param kept by rectangle, then by block
   * @param tokens how many tokens a row may have
   */
  static of(
    geometries: readonly AttentionGeometry[],
    rectangles: readonly TokenRows[],
    kept: readonly (readonly tf.Tensor[])[],
    tokens: number,
  ): NativeKeyValueCache {
    const capacity = Math.ceil(tokens / 16) * 16;
    const blocks = geometries.map((geometry, block) => {
      const parts = rectangles.map((rectangle, index) => {
        const heads = kept[index]?.[block] as tf.Tensor;
        const [part] = tf.tidy(() =>
          runNativeKernel(
            'AisFillCache',
            [heads, rowTable([rectangle])],
            { ...geometryAttributes(geometry), capacity },
            1,
          ),
        ) as [tf.Tensor2D];
        heads.dispose();
        return part;
      });
      const [only] = parts as [tf.Tensor2D];
      if (parts.length === 1) return only;
      const joined = tf.concat(parts, 0);
      tf.dispose(parts);
      return joined;
    });
    const lengths = Int32Array.from(
      rectangles.flatMap(({ rows }) => rows.map(({ tokens }) => tokens.length)),
    );
    return new NativeKeyValueCache(geometries, capacity, lengths, blocks);
  }

  get rows(): number {
    return this.#slots.length;
  }

  select(indices: Int32Array): void {
    const slots = indices.map((index) => this.#slots[index] as number);
    this.#lengths = indices.map((index) => this.#lengths[index] as number);
    if (new Set(slots).size === slots.length) {
      this.#slots = slots;
      return;
    }
    this.#blocks = this.#blocks.map((cache) => {
      const chosen = takeRows(cache, slots);
      cache.dispose();
      return chosen;
    });
    this.#slots = slots.map((_, row) => row);
  }

  positions(): Int32Array {
    return this.#lengths;
  }

  step(): Pick<BlockAttention, 'forward'>[] {
    const { rows } = this;
    const facts = new Int32Array(2 * rows);
    this.#slots.forEach((slot, row) => {
      facts.set([slot, this.#lengths[row] as number], 2 * row);
    });
    const places = tf.tensor2d(facts, [rows, 2], 'int32');
    const tables = sharedByGeometry(this.#geometries, (geometry) => {
      const { cos, sin, half } = rotaryTable(this.#lengths, geometry.rotary);
      return {
        angles: [tf.tensor2d(cos, [rows, half]), tf.tensor2d(sin, [rows, half])],
        attributes: { ...geometryAttributes(geometry), capacity: this.#capacity },
      };
    });
    return this.#blocks.map((cache, block) => ({
      forward: (projected) => {
        const { angles, attributes } = tables[block] as (typeof tables)[number];
        const [output] = runNativeKernel('AisDecode', [projected, places, ...angles, cache], attributes, 1);
        return { output: output as tf.Tensor2D, memory: undefined };
      },
    }));
  }

  appended(): void {
    this.#lengths = this.#lengths.map((length) => length + 1);
  }

  dispose(): void {
    tf.dispose(this.#blocks);
    this.#blocks = [];
  }
}
