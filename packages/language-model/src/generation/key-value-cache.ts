import * as tf from '@tensorflow/tfjs-core';
import { takeRows } from '../batch/row-selection.js';
import {
  type AttentionGeometry,
  type BlockAttention,
  byHead,
  byKeyValueHead,
  type HeadInputs,
  HIDDEN,
} from '../layers/attention.js';
import { sharedByGeometry } from '../layers/batch-attention.js';
import { type RotaryTensors, rotaryTable, rotate } from '../layers/rotary.js';
import { PromptSlots } from './prompt-slots.js';

/** The keys and values of every block for the tokens so far, of many rows. */
export interface KeyValueCache {
  /** Rows now. */
  readonly rows: number;
  /** Makes the rows those at `indices`, in that order. */
  select(indices: Int32Array): void;
  /** The position of the next token of each row. */
  positions(): Int32Array;
  /**
   * Each block's attention for one more token a row, which it appends.
   *
   * Call each block's `forward` once, in order, in the caller's tidy; `appended` then takes what they returned.
   */
  step(): Pick<BlockAttention, 'forward'>[];
  /** Ends a step, with the memory that each block's `forward` returned. */
  appended(memories: readonly unknown[]): void;
  dispose(): void;
}

/** A block's keys and values, [rows, key–value heads, tokens, head size]. */
export type KeysAndValues = { keys: tf.Tensor4D; values: tf.Tensor4D };

/**
 * A cache of plain tensors.
 *
 * A row's prompt and its response are apart: the prompt's part never changes, so a step copies only the
 * response's, and rows of one prompt share it: their queries are multiplied with its keys in one product.
 * Prompts are padded on the right, behind a mask; responses are equally long.
 */
export class TensorKeyValueCache implements KeyValueCache {
  readonly #geometries: readonly AttentionGeometry[];
  /** By prompt. */
  #lengths: Int32Array;
  #prompts: KeysAndValues[];
  /** By row. */
  #promptOf: Int32Array;
  #responses: KeysAndValues[] = [];
  #slots: PromptSlots;
  #generated = 0;

  /** From each block's keys and values of the prompts, one row each; takes those tensors over. */
  constructor(
    geometries: readonly AttentionGeometry[],
    prompts: readonly KeysAndValues[],
    promptLengths: Int32Array,
  ) {
    this.#geometries = geometries;
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

  positions(): Int32Array {
    return this.#promptOf.map((prompt) => (this.#lengths[prompt] as number) + this.#generated);
  }

  step(): Pick<BlockAttention, 'forward'>[] {
    const tables = sharedByGeometry(this.#geometries, (geometry) => this.#tables(geometry));
    return this.#prompts.map((prompt, block) => ({
      forward: (projected) => {
        const geometry = this.#geometries[block] as AttentionGeometry;
        return this.#attend(projected, geometry, tables[block] as StepTables, prompt, this.#responses[block]);
      },
    }));
  }

  appended(memories: readonly unknown[]): void {
    for (const { keys, values } of this.#responses) tf.dispose([keys, values]);
    this.#responses = [...(memories as readonly KeysAndValues[])];
    this.#generated++;
  }

  dispose(): void {
    for (const { keys, values } of [...this.#prompts, ...this.#responses]) tf.dispose([keys, values]);
    this.#prompts = [];
    this.#responses = [];
  }

  #tables({ rotary, window = Number.POSITIVE_INFINITY }: AttentionGeometry): StepTables {
    const { rows } = this;
    const { cos, sin, half } = rotaryTable(this.positions(), rotary);
    const time = this.#prompts[0]?.keys.shape[2] ?? 0;
    const prompts = this.#lengths.length;
    const mask = new Float32Array(prompts * time);
    this.#lengths.forEach((length, row) => {
      const start = row * time;
      mask.fill(HIDDEN, start + length, start + time);
      const beforeWindow = Math.min(length, length + this.#generated - window + 1);
      if (beforeWindow > 0) mask.fill(HIDDEN, start, start + beforeWindow);
    });
    const tokens = this.#generated + 1;
    const beforeWindow = tokens - window;
    return {
      rotary: {
        cos: tf.tensor4d(cos, [rows, 1, 1, half]),
        sin: tf.tensor4d(sin, [rows, 1, 1, half]),
        half,
      },
      promptMask: tf.tensor4d(mask, [prompts, 1, 1, time]),
      responseMask:
        beforeWindow > 0
          ? tf.tensor4d(new Float32Array(tokens).fill(HIDDEN, 0, beforeWindow), [1, 1, 1, tokens])
          : undefined,
    };
  }

  #attend(
    projected: tf.Tensor2D,
    geometry: AttentionGeometry,
    { rotary, promptMask, responseMask }: StepTables,
    prompt: KeysAndValues,
    response: KeysAndValues | undefined,
  ): { readonly output: tf.Tensor2D; readonly memory: KeysAndValues } {
    const { heads, keyValueHeads, headSize } = geometry;
    const slots = this.#slots;
    const grouped = (x: tf.Tensor4D): tf.Tensor4D => byKeyValueHead(x, keyValueHeads);
    const { query, key, value } = splitNewToken(projected, geometry, rotary);
    const keys = response ? (tf.concat([response.keys, key], 2) as tf.Tensor4D) : key;
    const values = response ? (tf.concat([response.values, value], 2) as tf.Tensor4D) : value;
    const scoresOf = (queries: tf.Tensor4D, of: tf.Tensor4D): tf.Tensor4D =>
      byHead(tf.matMul(grouped(queries), of, false, true) as tf.Tensor4D, heads);
    const ofPrompts = tf.add(scoresOf(slots.toPrompts(query), prompt.keys), promptMask) as tf.Tensor4D;
    const ofResponses = scoresOf(query, keys);
    const scores = tf.concat(
      [slots.toRows(ofPrompts), responseMask ? tf.add(ofResponses, responseMask) : ofResponses],
      3,
    );
    const [toPrompt, toResponse] = tf.split(tf.softmax(scores), [prompt.keys.shape[2], keys.shape[2]], 3) as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const mix = (probabilities: tf.Tensor4D, of: tf.Tensor4D): tf.Tensor4D =>
      byHead(tf.matMul(grouped(probabilities), of) as tf.Tensor4D, heads);
    const fromPrompt = slots.toRows(mix(slots.toPrompts(toPrompt), prompt.values));
    const mixed = tf.add(fromPrompt, mix(toResponse, values));
    return { output: tf.reshape(mixed, [this.rows, heads * headSize]), memory: { keys, values } };
  }
}

/** What a step needs beside the keys and values, the same for every block of one geometry. */
type StepTables = {
  readonly rotary: RotaryTensors;
  /** Added to the prompts' scores: padding and what lies before the window; [prompts, 1, 1, tokens]. */
  readonly promptMask: tf.Tensor4D;
  /** The same of the responses' scores, where a window cuts them; [1, 1, 1, tokens]. */
  readonly responseMask: tf.Tensor4D | undefined;
};

/** As `splitHeads` of the attention, for one token a row: nothing needs to be transposed, and queries and keys turn together. */
function splitNewToken(
  projected: tf.Tensor2D,
  { heads, keyValueHeads, headSize: size, layout, scale }: AttentionGeometry,
  rotary: RotaryTensors,
): HeadInputs {
  const rows = projected.shape[0];
  if (layout === 'planar') {
    const byHead = tf.reshape(projected, [rows, heads + 2 * keyValueHeads, 1, size]) as tf.Tensor4D;
    const [turning, value] = tf.split(byHead, [heads + keyValueHeads, keyValueHeads], 1) as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const [query, key] = tf.split(rotate(turning, rotary), [heads, keyValueHeads], 1) as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    return { query: tf.mul(query, scale) as tf.Tensor4D, key, value };
  }
  const byHead = tf.reshape(projected, [rows, heads, 3, size]) as tf.Tensor4D;
  const part = (x: tf.Tensor4D, from: number, count: number): tf.Tensor4D =>
    tf.slice(x, [0, 0, from, 0], [rows, heads, count, size]);
  const turned = rotate(part(byHead, 0, 2), rotary);
  return {
    query: tf.mul(part(turned, 0, 1), scale) as tf.Tensor4D,
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
