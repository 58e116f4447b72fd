import * as tf from '@tensorflow/tfjs-core';
import { type AttentionGeometry, type BlockAttention, headPlaces, windowOf } from '../layers/attention.js';
import { sharedByGeometry } from '../layers/batch-attention.js';
import { type RotaryTable, rotaryTable } from '../layers/rotary.js';
import type { KeysAndValues, KeyValueCache } from './key-value-cache.js';

/**
 * Rows up to which attention runs here: its kernels take longer to start on native TensorFlow than to compute so little
 * (`docs/decisions/smollm2-generation.md`).
 */
const MOST_ROWS = 4;

/** Whether `HostKeyValueCache` is the faster one: for few rows, where reading a tensor copies nothing. */
export function fitsHost(rows: number): boolean {
  return rows <= MOST_ROWS && tf.getBackend() === 'tensorflow';
}

/** A block's keys and values, [rows, key–value heads, capacity, head size] each. */
type HostBlock = { keys: Float32Array; values: Float32Array };

/** A cache in JavaScript's memory, to which each row's tokens are appended without gaps, and read from there. */
export class HostKeyValueCache implements KeyValueCache {
  readonly #geometries: readonly AttentionGeometry[];
  readonly #capacity: number;
  #lengths: Int32Array;
  #blocks: HostBlock[];

  /** From each block's keys and values of the prompts, one row each, of which it disposes; `capacity` tokens a row. */
  constructor(
    geometries: readonly AttentionGeometry[],
    prompts: readonly KeysAndValues[],
    promptLengths: Int32Array,
    capacity: number,
  ) {
    this.#geometries = geometries;
    this.#capacity = capacity;
    this.#lengths = promptLengths;
    this.#blocks = prompts.map(({ keys, values }) => ({
      keys: withCapacity(keys, capacity),
      values: withCapacity(values, capacity),
    }));
  }

  get rows(): number {
    return this.#lengths.length;
  }

  select(indices: Int32Array): void {
    const { rows } = this;
    const choose = (cache: Float32Array): Float32Array => {
      const size = cache.length / rows;
      const chosen = new Float32Array(indices.length * size);
      indices.forEach((from, to) => {
        chosen.set(cache.subarray(from * size, (from + 1) * size), to * size);
      });
      return chosen;
    };
    this.#blocks = this.#blocks.map(({ keys, values }) => ({ keys: choose(keys), values: choose(values) }));
    this.#lengths = indices.map((index) => this.#lengths[index] as number);
  }

  positions(): Int32Array {
    return this.#lengths;
  }

  step(): Pick<BlockAttention, 'forward'>[] {
    const tables = sharedByGeometry(this.#geometries, ({ rotary }) => rotaryTable(this.#lengths, rotary));
    return this.#blocks.map((block, index) => {
      const geometry = this.#geometries[index] as AttentionGeometry;
      const table = tables[index] as RotaryTable;
      return {
        forward: (projected) => ({
          output: tf.tensor2d(this.#attend(projected.dataSync() as Float32Array, geometry, table, block), [
            this.rows,
            geometry.heads * geometry.headSize,
          ]),
          memory: undefined,
        }),
      };
    });
  }

  appended(): void {
    this.#lengths = this.#lengths.map((length) => length + 1);
  }

  dispose(): void {
    this.#blocks = [];
  }

  /** Appends each row's key and value, and mixes the values that its queries see: [rows, heads · head size]. */
  #attend(
    projected: Float32Array,
    geometry: AttentionGeometry,
    { cos, sin, half }: RotaryTable,
    { keys, values }: HostBlock,
  ): Float32Array {
    const { heads, keyValueHeads, headSize: size, scale } = geometry;
    const [stride, keyFrom, valueFrom] = headPlaces(geometry);
    const width = projected.length / this.rows;
    const group = heads / keyValueHeads;
    const capacity = this.#capacity;
    const query = new Float32Array(size);
    const weights = new Float32Array(capacity);
    const output = new Float32Array(this.rows * heads * size);
    this.#lengths.forEach((length, row) => {
      const turnHead = (from: number, into: Float32Array): void => {
        into.set(projected.subarray(row * width + from, row * width + from + size));
        for (let i = 0; i < half; i++) {
          const a = into[i] as number;
          const b = into[i + half] as number;
          const c = cos[row * half + i] as number;
          const s = sin[row * half + i] as number;
          into[i] = a * c - b * s;
          into[i + half] = b * c + a * s;
        }
      };
      const first = Math.max(0, length + 1 - windowOf(geometry));
      for (let head = 0; head < heads; head++) {
        const shared = Math.floor(head / group);
        const start = (row * keyValueHeads + shared) * capacity * size;
        if (head % group === 0) {
          const end = start + length * size;
          turnHead(keyFrom + shared * stride, keys.subarray(end, end + size));
          const from = row * width + valueFrom + shared * stride;
          values.set(projected.subarray(from, from + size), end);
        }
        turnHead(head * stride, query);
        const mixed = output.subarray((row * heads + head) * size, (row * heads + head + 1) * size);
        const normalizer = softmaxTerms(query, keys, start, first, length, scale, weights);
        for (let token = first; token <= length; token++) {
          const weight = (weights[token] as number) / normalizer;
          const from = start + token * size;
          for (let i = 0; i < size; i++) {
            mixed[i] = (mixed[i] as number) + weight * (values[from + i] as number);
          }
        }
      }
    });
    return output;
  }
}

/** Writes exp(scale·q·k − the largest) of the tokens from `first` to `last` to `terms`, and returns their sum. */
function softmaxTerms(
  query: Float32Array,
  keys: Float32Array,
  start: number,
  first: number,
  last: number,
  scale: number,
  terms: Float32Array,
): number {
  const size = query.length;
  let highest = Number.NEGATIVE_INFINITY;
  for (let token = first; token <= last; token++) {
    const from = start + token * size;
    let score = 0;
    for (let i = 0; i < size; i++) score += (query[i] as number) * (keys[from + i] as number);
    terms[token] = score * scale;
    highest = Math.max(highest, score * scale);
  }
  let sum = 0;
  for (let token = first; token <= last; token++) {
    const term = Math.exp((terms[token] as number) - highest);
    terms[token] = term;
    sum += term;
  }
  return sum;
}

/** [rows, heads, tokens, size] with room for more tokens; disposes of the tensor. */
function withCapacity(x: tf.Tensor4D, capacity: number): Float32Array {
  const [rows, heads, tokens, size] = x.shape;
  const from = x.dataSync() as Float32Array;
  const cache = new Float32Array(rows * heads * capacity * size);
  for (let head = 0; head < rows * heads; head++) {
    cache.set(from.subarray(head * tokens * size, (head + 1) * tokens * size), head * capacity * size);
  }
  x.dispose();
  return cache;
}
