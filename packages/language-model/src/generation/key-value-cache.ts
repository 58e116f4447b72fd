import * as tf from '@tensorflow/tfjs-core';
import { takeRows } from '../batch/row-selection.js';
import { type AttentionMemory, type BlockAttention, HIDDEN } from '../layers/attention.js';
import { type RotaryTensors, rotaryTable, rotate } from '../layers/rotary.js';
import type { ModelShape } from '../model-shape.js';
import { PromptSlots } from './prompt-slots.js';

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
export type KeysAndValues = { keys: tf.Tensor4D; values: tf.Tensor4D };

/**
 * A cache of plain tensors.
 *
 * A row's prompt and its response are apart: the prompt's part never changes, so a step copies only the
 * response's, and rows of one prompt share it: their queries are multiplied with its keys in one product.
 * Prompts are padded on the right, behind a mask; responses are equally long.
 */
export class TensorKeyValueCache implements KeyValueCache {
  readonly #configuration: ModelShape;
  /** By prompt. */
  #lengths: Int32Array;
  #prompts: KeysAndValues[];
  /** By row. */
  #promptOf: Int32Array;
  #responses: KeysAndValues[] = [];
  #slots: PromptSlots;
  #generated = 0;

  /** From each block's keys and values of the prompts, one row each; takes those tensors over. */
  constructor(configuration: ModelShape, prompts: readonly KeysAndValues[], promptLengths: Int32Array) {
    this.#configuration = configuration;
    this.#lengths = promptLengths;
    this.#prompts = [...prompts];
    this.#promptOf = promptLengths.map((_, index) => index);
    this.#slots = new PromptSlots(this.#promptOf, promptLengths.length);
  }

  get rows(): number {
    return this.#promptOf.length;
  }

  select(indices: Int32Array): void {
    this.#responses = chooseRows(this.#responses, indices);
    const promptOf = indices.map((index) => this.#promptOf[index] as number);
    const used = Int32Array.from(new Set(promptOf)).sort();
    if (used.length < this.#lengths.length) {
      this.#prompts = chooseRows(this.#prompts, used);
      this.#lengths = used.map((prompt) => this.#lengths[prompt] as number);
    }
    this.#promptOf = promptOf.map((prompt) => used.indexOf(prompt));
    this.#slots = new PromptSlots(this.#promptOf, used.length);
  }

  step(): Pick<BlockAttention, 'forward'>[] {
    const { rows } = this;
    const { headCount, hiddenSize } = this.#configuration;
    const { cos, sin, half } = rotaryTable(
      this.#promptOf.map((prompt) => (this.#lengths[prompt] as number) + this.#generated),
      this.#configuration,
    );
    const rotary = {
      cos: tf.tensor4d(cos, [rows, 1, 1, half]),
      sin: tf.tensor4d(sin, [rows, 1, 1, half]),
      half,
    };
    const mask = this.#promptMask();
    const slots = this.#slots;
    return this.#prompts.map((prompt, index) => ({
      forward: (projected) => {
        const response = this.#responses[index];
        const { query, key, value } = splitNewToken(projected, headCount, rotary);
        const keys = response ? (tf.concat([response.keys, key], 2) as tf.Tensor4D) : key;
        const values = response ? (tf.concat([response.values, value], 2) as tf.Tensor4D) : value;
        const promptScores = tf.add(
          tf.matMul(slots.toPrompts(query), prompt.keys, false, true),
          mask,
        ) as tf.Tensor4D;
        const scores = tf.concat([slots.toRows(promptScores), tf.matMul(query, keys, false, true)], 3);
        const [ofPrompt, ofResponse] = tf.split(
          tf.softmax(scores),
          [prompt.keys.shape[2], keys.shape[2]],
          3,
        ) as [tf.Tensor4D, tf.Tensor4D];
        const fromPrompt = tf.matMul(slots.toPrompts(ofPrompt), prompt.values) as tf.Tensor4D;
        const mixed = tf.add(slots.toRows(fromPrompt), tf.matMul(ofResponse, values));
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
    const prompts = this.#lengths.length;
    const mask = new Float32Array(prompts * time);
    this.#lengths.forEach((length, row) => {
      mask.fill(HIDDEN, row * time + length, (row + 1) * time);
    });
    return tf.tensor4d(mask, [prompts, 1, 1, time]);
  }
}

/** As `splitHeads` of the attention, for one token a row: nothing needs to be transposed, and query and key turn together. */
function splitNewToken(
  projected: tf.Tensor2D,
  heads: number,
  rotary: RotaryTensors,
): { readonly query: tf.Tensor4D; readonly key: tf.Tensor4D; readonly value: tf.Tensor4D } {
  const [rows, width] = projected.shape;
  const size = width / (3 * heads);
  const byHead = tf.reshape(projected, [rows, heads, 3, size]) as tf.Tensor4D;
  const part = (x: tf.Tensor4D, from: number, count: number): tf.Tensor4D =>
    tf.slice(x, [0, 0, from, 0], [rows, heads, count, size]);
  const turned = rotate(part(byHead, 0, 2), rotary);
  return {
    query: tf.mul(part(turned, 0, 1), 1 / Math.sqrt(size)) as tf.Tensor4D,
    key: part(turned, 1, 1),
    value: part(byHead, 2, 1),
  };
}

/** Each tensor's rows at `indices`, in their place. */
function chooseRows(caches: readonly KeysAndValues[], indices: Int32Array): KeysAndValues[] {
  const choose = (x: tf.Tensor4D): tf.Tensor4D => {
    const [rows, heads, tokens, size] = x.shape;
    const chosen = tf.tidy(() =>
      tf.reshape(takeRows(tf.reshape(x, [rows, heads * tokens * size]), indices), [
        indices.length,
        heads,
        tokens,
        size,
      ]),
    ) as tf.Tensor4D;
    x.dispose();
    return chosen;
  };
  return caches.map(({ keys, values }) => ({ keys: choose(keys), values: choose(values) }));
}
