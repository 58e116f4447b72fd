import * as tf from '@tensorflow/tfjs-core';
import { splitHeads } from './attention.js';
import { batchAttention } from './backbone.js';
import { type BlockAttention, blockForward, MEMORY_BEFORE_ATTENTION } from './block.js';
import { headLogits } from './head-log-probs.js';
import { type ModelParts, outputHead } from './log-probs.js';
import { EMBEDDING, parameter } from './parameters.js';
import { rotaryTable } from './rotary.js';
import { selectRows } from './row-selection.js';
import { plainRow, tokenRows } from './token-rows.js';

const HIDDEN = -1e9;

/** A block's keys and values, [rows, heads, tokens, head size]. */
type KeysAndValues = { keys: tf.Tensor4D; values: tf.Tensor4D };

/**
 * Computes the next token's logits for many rows at once, each new token from the keys and values of those before.
 *
 * A row's prompt and its response are cached apart: the prompt's part never changes, so a step copies only the
 * response's. Rows are padded on the right, behind a mask, and keep their own positions.
 */
export class Decoder {
  readonly #model: ModelParts;
  #prompts: KeysAndValues[];
  #responses: KeysAndValues[] = [];
  /** Prompt lengths by row. */
  #lengths: Int32Array;
  readonly #promptTime: number;
  #generated = 0;

  private constructor(model: ModelParts, prompts: KeysAndValues[], lengths: Int32Array, promptTime: number) {
    this.#model = model;
    this.#prompts = prompts;
    this.#lengths = lengths;
    this.#promptTime = promptTime;
  }

  /** Reads the prompts, one row each; also gives the logits after each, [prompts, vocabulary]. */
  static start(
    model: ModelParts,
    prompts: readonly (readonly number[])[],
  ): { readonly decoder: Decoder; readonly logits: tf.Tensor2D } {
    const { configuration, parameters } = model;
    const rows = tokenRows(prompts.map(plainRow), configuration);
    const lengths = Int32Array.from(prompts, ({ length }) => length);
    const { caches, logits } = tf.tidy(() => {
      const attention = batchAttention(rows, configuration);
      const caches: KeysAndValues[] = [];
      const last = {
        indices: lengths.map((length, row) => row * rows.time + length - 1),
        total: rows.batch * rows.time,
      };
      let x = embed(model, rows.tokens);
      for (let index = 0; index < configuration.layerCount; index++) {
        const selection = index === configuration.layerCount - 1 ? last : undefined;
        const block = tf.tidy(() => {
          const { output, memory } = blockForward(x, index, {
            configuration,
            parameters,
            attention,
            selection,
          });
          const [, keys, values] = memory.slice(MEMORY_BEFORE_ATTENTION) as tf.Tensor4D[];
          return { output, keys: keys as tf.Tensor4D, values: values as tf.Tensor4D };
        });
        caches.push({ keys: block.keys, values: block.values });
        x.dispose();
        x = block.output;
      }
      return { caches, logits: headLogits(x, outputHead(model)) };
    });
    return { decoder: new Decoder(model, caches, lengths, rows.time), logits };
  }

  /** Rows now. */
  get rows(): number {
    return this.#lengths.length;
  }

  /** Makes the rows those at `indices`, in that order; an index may come more than once. */
  select(indices: readonly number[]): void {
    const at = Int32Array.from(indices);
    const choose = (caches: KeysAndValues[]): KeysAndValues[] =>
      caches.map(({ keys, values }) => {
        const chosen = { keys: selectFirst(keys, at), values: selectFirst(values, at) };
        keys.dispose();
        values.dispose();
        return chosen;
      });
    this.#prompts = choose(this.#prompts);
    this.#responses = choose(this.#responses);
    this.#lengths = at.map((index) => this.#lengths[index] as number);
  }

  /** Appends one token to each row and gives the logits after it, [rows, vocabulary]. */
  step(tokens: Int32Array): tf.Tensor2D {
    const model = this.#model;
    const { configuration, parameters } = model;
    const previous = this.#responses;
    const result = tf.tidy(() => {
      const positions = this.#lengths.map((length) => length + this.#generated);
      const { cos, sin, half } = rotaryTable(positions, configuration);
      const rotary = {
        cos: tf.tensor4d(cos, [this.rows, 1, 1, half]),
        sin: tf.tensor4d(sin, [this.rows, 1, 1, half]),
        half,
      };
      const mask = this.#promptMask();
      const responses: KeysAndValues[] = [];
      let x = embed(model, tokens);
      for (let index = 0; index < configuration.layerCount; index++) {
        const prompt = this.#prompts[index] as KeysAndValues;
        const response = previous[index];
        const attention: Pick<BlockAttention, 'forward'> = {
          forward: (projected) => {
            const shape = { batch: this.rows, time: 1, heads: configuration.headCount };
            const { query, key, value } = splitHeads(projected, shape, rotary);
            const keys = response ? (tf.concat([response.keys, key], 2) as tf.Tensor4D) : key;
            const values = response ? (tf.concat([response.values, value], 2) as tf.Tensor4D) : value;
            const promptScores = tf.add(tf.matMul(query, prompt.keys, false, true), mask);
            const scores = tf.concat([promptScores, tf.matMul(query, keys, false, true)], 3);
            const probabilities = tf.softmax(scores);
            const [ofPrompt, ofResponse] = tf.split(probabilities, [this.#promptTime, keys.shape[2]], 3) as [
              tf.Tensor4D,
              tf.Tensor4D,
            ];
            const mixed = tf.add(tf.matMul(ofPrompt, prompt.values), tf.matMul(ofResponse, values));
            return {
              output: tf.reshape(mixed, [this.rows, configuration.hiddenSize]),
              memory: [keys, values],
            };
          },
        };
        const { output, keys, values } = tf.tidy(() => {
          const block = blockForward(x, index, {
            configuration,
            parameters,
            attention: attention as BlockAttention,
          });
          const [keys, values] = block.memory.slice(MEMORY_BEFORE_ATTENTION) as [tf.Tensor4D, tf.Tensor4D];
          return { output: block.output, keys, values };
        });
        responses.push({ keys, values });
        x.dispose();
        x = output;
      }
      return { responses, logits: headLogits(x, outputHead(model)) };
    });
    for (const { keys, values } of previous) tf.dispose([keys, values]);
    this.#responses = result.responses;
    this.#generated++;
    return result.logits;
  }

  dispose(): void {
    for (const { keys, values } of [...this.#prompts, ...this.#responses]) tf.dispose([keys, values]);
    this.#prompts = [];
    this.#responses = [];
  }

  #promptMask(): tf.Tensor4D {
    const time = this.#promptTime;
    const mask = new Float32Array(this.rows * time);
    this.#lengths.forEach((length, row) => {
      mask.fill(HIDDEN, row * time + length, (row + 1) * time);
    });
    return tf.tensor4d(mask, [this.rows, 1, 1, time]);
  }
}

function embed({ parameters, configuration }: ModelParts, tokens: Int32Array): tf.Tensor2D {
  return selectRows(parameter<tf.Tensor2D>(parameters, EMBEDDING), {
    indices: tokens,
    total: configuration.vocabularySize,
  });
}

function selectFirst(x: tf.Tensor4D, at: Int32Array): tf.Tensor4D {
  return tf.tidy(() => {
    const [rows, ...rest] = x.shape;
    const flat = tf.reshape(x, [rows, -1]) as tf.Tensor2D;
    return tf.reshape(selectRows(flat, { indices: at, total: rows }), [at.length, ...rest]) as tf.Tensor4D;
  });
}
