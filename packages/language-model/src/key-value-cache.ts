import * as tf from '@tensorflow/tfjs-core';
import { type AttentionMemory, HIDDEN, splitHeads } from './attention.js';
import type { BlockAttention } from './block.js';
import type { GptNeoxConfiguration } from './configuration.js';
import { rotaryTable } from './rotary.js';
import { takeRows } from './row-selection.js';

/** The keys and values of every block for the tokens so far, of many rows. */
export interface KeyValueCache {
  /** Rows now. */
  readonly rows: number;
  /** Makes the rows those at `indices`, in that order. */
  select(indices: Int32Array): void;
  /**
   * Each block's attention for one more token a row, which it appends.
   *
   * Call each block's `forward` once, in order, in the caller's tidy; `appended` then takes what they returned.
   */
  step(): Pick<BlockAttention, 'forward'>[];
  /** Ends a step, with the memory that each block's `forward` returned. */
  appended(memories: readonly AttentionMemory[]): void;
  dispose(): void;
}

/** A block's keys and values, [rows, heads, tokens, head size]. */
type KeysAndValues = { keys: tf.Tensor4D; values: tf.Tensor4D };

/**
 * A cache of plain tensors.
 *
 * A row's prompt and its response are apart: the prompt's part never changes, so a step copies only the
 * response's. Prompts are padded on the right, behind a mask; responses are equally long.
 */
export class TensorKeyValueCache implements KeyValueCache {
  readonly #configuration: GptNeoxConfiguration;
  #lengths: Int32Array;
  #prompts: KeysAndValues[];
  #responses: KeysAndValues[] = [];
  #generated = 0;

  /** From what each block's `attention` kept of the prompts; takes those tensors over. */
  constructor(
    configuration: GptNeoxConfiguration,
    memories: readonly AttentionMemory[],
    promptLengths: Int32Array,
  ) {
    this.#configuration = configuration;
    this.#lengths = promptLengths;
    this.#prompts = memories.map(([query, keys, values, ...rest]) => {
      tf.dispose([query as tf.Tensor, ...rest]);
      return { keys: keys as tf.Tensor4D, values: values as tf.Tensor4D };
    });
  }

  get rows(): number {
    return this.#lengths.length;
  }

  select(indices: Int32Array): void {
    const choose = (caches: KeysAndValues[]): KeysAndValues[] =>
      caches.map(({ keys, values }) => {
        const chosen = { keys: takeFirst(keys, indices), values: takeFirst(values, indices) };
        tf.dispose([keys, values]);
        return chosen;
      });
    this.#prompts = choose(this.#prompts);
    this.#responses = choose(this.#responses);
    this.#lengths = indices.map((index) => this.#lengths[index] as number);
  }

  step(): Pick<BlockAttention, 'forward'>[] {
    const { rows } = this;
    const { headCount, hiddenSize } = this.#configuration;
    const { cos, sin, half } = rotaryTable(
      this.#lengths.map((length) => length + this.#generated),
      this.#configuration,
    );
    const rotary = {
      cos: tf.tensor4d(cos, [rows, 1, 1, half]),
      sin: tf.tensor4d(sin, [rows, 1, 1, half]),
      half,
    };
    const mask = this.#promptMask();
    return this.#prompts.map((prompt, index) => ({
      forward: (projected) => {
        const response = this.#responses[index];
        const { query, key, value } = splitHeads(
          projected,
          { batch: rows, time: 1, heads: headCount },
          rotary,
        );
        const keys = response ? (tf.concat([response.keys, key], 2) as tf.Tensor4D) : key;
        const values = response ? (tf.concat([response.values, value], 2) as tf.Tensor4D) : value;
        const scores = tf.concat(
          [tf.add(tf.matMul(query, prompt.keys, false, true), mask), tf.matMul(query, keys, false, true)],
          3,
        );
        const [ofPrompt, ofResponse] = tf.split(
          tf.softmax(scores),
          [prompt.keys.shape[2], keys.shape[2]],
          3,
        ) as [tf.Tensor4D, tf.Tensor4D];
        const mixed = tf.add(tf.matMul(ofPrompt, prompt.values), tf.matMul(ofResponse, values));
        return { output: tf.reshape(mixed, [rows, hiddenSize]), memory: [keys, values] };
      },
    }));
  }

  appended(memories: readonly AttentionMemory[]): void {
    for (const { keys, values } of this.#responses) tf.dispose([keys, values]);
    this.#responses = memories.map(([keys, values]) => ({
      keys: keys as tf.Tensor4D,
      values: values as tf.Tensor4D,
    }));
    this.#generated++;
  }

  dispose(): void {
    for (const { keys, values } of [...this.#prompts, ...this.#responses]) tf.dispose([keys, values]);
    this.#prompts = [];
    this.#responses = [];
  }

  #promptMask(): tf.Tensor4D {
    const time = this.#prompts[0]?.keys.shape[2] ?? 0;
    const mask = new Float32Array(this.rows * time);
    this.#lengths.forEach((length, row) => {
      mask.fill(HIDDEN, row * time + length, (row + 1) * time);
    });
    return tf.tensor4d(mask, [this.rows, 1, 1, time]);
  }
}

function takeFirst(x: tf.Tensor4D, indices: Int32Array): tf.Tensor4D {
  return tf.tidy(() => {
    const [rows, ...rest] = x.shape;
    const flat = tf.reshape(x, [rows, -1]) as tf.Tensor2D;
    return tf.reshape(takeRows(flat, indices), [indices.length, ...rest]) as tf.Tensor4D;
  });
}
