import * as tf from '@tensorflow/tfjs-core';
import { takeRows } from '../batch/row-selection.js';
import type { TokenRows } from '../batch/token-rows.js';
import { runWasmKernel } from '../kernels/wasm-kernels.js';
import type { AttentionMemory, BlockAttention } from '../layers/attention.js';
import { rotaryTable } from '../layers/rotary.js';
import type { ModelShape } from '../model-shape.js';
import type { KeyValueCache } from './key-value-cache.js';

const padded = (count: number): number => Math.ceil(count / 4) * 4;

/**
 * A cache that the WASM kernels append to in place: one matrix a block, [rows, heads · 2 · capacity · padded head
 * size], in which each row's tokens lie without gaps, whatever the other rows' lengths.
 */
export class WasmKeyValueCache implements KeyValueCache {
  readonly #configuration: ModelShape;
  readonly #capacity: number;
  #lengths: Int32Array;
  #blocks: tf.Tensor2D[];

  /** From what each block's `wasmAttention` kept of the prompts, whose tensors it disposes of; `capacity` tokens a row. */
  constructor(
    configuration: ModelShape,
    memories: readonly AttentionMemory[],
    prompts: TokenRows,
    capacity: number,
  ) {
    const { headCount } = configuration;
    const size = configuration.hiddenSize / headCount;
    this.#configuration = configuration;
    this.#capacity = capacity;
    this.#lengths = Int32Array.from(prompts.rows, ({ tokens }) => tokens.length);
    const { batch, time } = prompts;
    this.#blocks = memories.map((memory) => {
      const cache = tf.tidy(() => {
        const facts = new Int32Array(4 * batch);
        this.#lengths.forEach((length, row) => {
          facts[4 * row] = length;
        });
        const [result] = runWasmKernel('fillCache', {
          inputs: [
            memory[0] as tf.Tensor,
            tf.tensor2d(facts, [batch, 4], 'int32'),
            tf.range(0, batch, 1, 'int32'),
          ],
          outputs: [[batch, headCount * 2 * capacity * padded(size)]],
          arguments: ([heads, rows, chosen], [out]) =>
            [heads, rows, chosen, batch, time, headCount, size, capacity, out] as number[],
        });
        return result as tf.Tensor2D;
      });
      tf.dispose([...memory]);
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

  step(): Pick<BlockAttention, 'forward'>[] {
    const { rows } = this;
    const { headCount, hiddenSize } = this.#configuration;
    const size = hiddenSize / headCount;
    const table = rotaryTable(this.#lengths, this.#configuration);
    const { half } = table;
    const cos = tf.tensor2d(table.cos, [rows, half]);
    const sin = tf.tensor2d(table.sin, [rows, half]);
    const lengths = tf.tensor1d(this.#lengths, 'int32');
    const capacity = this.#capacity;
    return this.#blocks.map((cache) => ({
      forward: (projected) => {
        const [output] = runWasmKernel('decodeAttention', {
          inputs: [projected, lengths, cos, sin, cache],
          outputs: [[rows, hiddenSize]],
          scratch: padded(capacity) + 2 * padded(size),
          arguments: ([x, l, c, s, kept], [out], scratch) =>
            [
              x,
              l,
              c,
              s,
              rows,
              headCount,
              size,
              half,
              1 / Math.sqrt(size),
              capacity,
              scratch,
              kept,
              out,
            ] as number[],
        });
        return { output: output as tf.Tensor2D, memory: [] };
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
