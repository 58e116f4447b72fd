import * as tf from '@tensorflow/tfjs-core';
import { type RowSelection, takeRows } from '../batch/row-selection.js';
import { plainRow, type TokenRows, tokenRows } from '../batch/token-rows.js';
import { type BlockContext, blockForward, MEMORY_BEFORE_ATTENTION } from '../families/gpt-neox/block.js';
import { blockParameters, type FoldedBlock, foldBlock } from '../families/gpt-neox/folded-block.js';
import { EMBEDDING } from '../families/gpt-neox/parameters.js';
import { type PreparedMatrix, prepareMatrix } from '../kernels/matrix-products.js';
import { hasWasmKernels } from '../kernels/wasm-kernels.js';
import type { AttentionMemory, BlockAttention } from '../layers/attention.js';
import { batchAttention } from '../layers/batch-attention.js';
import { headLogits } from '../layers/head-log-probs.js';
import { parameter } from '../layers/parameters.js';
import type { ModelShape } from '../model-shape.js';
import { type ModelParts, outputHead } from '../network/log-probs.js';
import { type KeyValueCache, TensorKeyValueCache } from './key-value-cache.js';
import { WasmKeyValueCache } from './wasm-key-value-cache.js';

/** A model's weights made ready once for many steps. */
type ReadyWeights = { blocks: FoldedBlock[]; head: PreparedMatrix };

/** What one pass through the blocks gives. */
type Pass = { hidden: tf.Tensor2D; memories: tf.Tensor[][] };

/** Bytes of the largest tensor while prompts are read, about. */
const PART_BYTES = 16 * 2 ** 20;

/**
 * Computes the next token's logits for many rows at once, each new token from the keys and values of those before.
 *
 * Make it, `start` it with each batch of prompts, `step` it; `dispose` of it in the end.
 */
export class Decoder {
  readonly #model: ModelParts;
  readonly #weights: ReadyWeights;
  #cache: KeyValueCache | undefined;

  constructor(model: ModelParts) {
    const { configuration, parameters } = model;
    this.#model = model;
    this.#weights = tf.tidy(() => ({
      blocks: Array.from({ length: configuration.layerCount }, (_, index) =>
        foldBlock(blockParameters(parameters, configuration, index), 'often'),
      ),
      head: prepareMatrix(outputHead(model).weight, 'often'),
    }));
  }

  /**
   * Reads the prompts, one row each, in the place of whatever it read before.
   *
   * @param newTokens how many tokens a row may get
   * @returns the logits after each prompt, [prompts, vocabulary]
   */
  start(prompts: readonly (readonly number[])[], newTokens: number): tf.Tensor2D {
    this.#cache?.dispose();
    this.#cache = undefined;
    const { configuration } = this.#model;
    if (hasWasmKernels()) {
      const rows = tokenRows(prompts.map(plainRow), configuration);
      const { hidden, memories } = this.#readPrompts(rows, (memory) => [...memory]);
      this.#cache = new WasmKeyValueCache(configuration, memories, rows, rows.time + newTokens);
      return this.#logits(hidden);
    }
    const parts = promptParts(prompts, configuration).map((part) =>
      this.#readPrompts(tokenRows(part.map(plainRow), configuration), ([, keys, values]) => [
        keys as tf.Tensor,
        values as tf.Tensor,
      ]),
    );
    const blocks = Array.from({ length: configuration.layerCount }, (_, block) => {
      const [keys, values] = [0, 1].map((index) =>
        joinPrompts(parts.map(({ memories }) => memories[block]?.[index] as tf.Tensor4D)),
      ) as [tf.Tensor4D, tf.Tensor4D];
      return { keys, values };
    });
    this.#cache = new TensorKeyValueCache(
      configuration,
      blocks,
      Int32Array.from(prompts, ({ length }) => length),
    );
    const hidden = parts.map((part) => part.hidden);
    const all = tf.concat(hidden, 0) as tf.Tensor2D;
    tf.dispose(hidden);
    return this.#logits(all);
  }

  /** Rows now. */
  get rows(): number {
    return this.#cache?.rows ?? 0;
  }

  /** Makes the rows those at `indices`, in that order; an index may come more than once. */
  select(indices: readonly number[]): void {
    this.#cache?.select(Int32Array.from(indices));
  }

  /** Appends one token to each row and gives the logits after it, [rows, vocabulary]. */
  step(tokens: Int32Array): tf.Tensor2D {
    const cache = this.#cache;
    if (cache === undefined) throw new Error('@ais/language-model: a decoder starts with prompts.');
    const { hidden, memories } = tf.tidy(() => this.#forward(tokens, cache.step(), (memory) => [...memory]));
    cache.appended(memories);
    return this.#logits(hidden);
  }

  dispose(): void {
    this.#cache?.dispose();
    this.#cache = undefined;
    tf.dispose(this.#weights);
  }

  /** The last block's output at each prompt's last token, and of each block's attention what `keep` picks. */
  #readPrompts(rows: TokenRows, keep: (memory: AttentionMemory) => tf.Tensor[]): Pass {
    const { configuration } = this.#model;
    const last: RowSelection = {
      indices: Int32Array.from(rows.rows, ({ tokens }, row) => row * rows.time + tokens.length - 1),
      total: rows.batch * rows.time,
    };
    return tf.tidy(() => {
      const attention = batchAttention(rows, configuration);
      const attentions = Array.from({ length: configuration.layerCount }, () => attention);
      return this.#forward(rows.tokens, attentions, keep, last);
    });
  }

  /** [rows, hidden] → [rows, vocabulary]; disposes of its input. */
  #logits(hidden: tf.Tensor2D): tf.Tensor2D {
    const logits = headLogits(hidden, outputHead(this.#model), this.#weights.head);
    hidden.dispose();
    return logits;
  }

  #forward(
    tokens: Int32Array,
    attentions: readonly Pick<BlockAttention, 'forward'>[],
    keep: (memory: AttentionMemory) => tf.Tensor[],
    selection?: RowSelection,
  ): Pass {
    const { configuration, parameters } = this.#model;
    const memories: tf.Tensor[][] = [];
    let x = takeRows(parameter<tf.Tensor2D>(parameters, EMBEDDING), tokens);
    this.#weights.blocks.forEach((folded, index) => {
      const isLast = index === configuration.layerCount - 1;
      const context: Omit<BlockContext, 'attention'> = {
        configuration,
        parameters,
        folded,
        selection: isLast ? selection : undefined,
      };
      const attention = attentions[index] as BlockAttention;
      const block = tf.tidy(() => {
        const { output, memory } = blockForward(x, index, { ...context, attention });
        return { output, kept: keep(memory.slice(MEMORY_BEFORE_ATTENTION)) };
      });
      memories.push(block.kept);
      x.dispose();
      x = block.output;
    });
    return { hidden: x, memories };
  }
}

/**
 * Prompts in groups whose largest tensor is no more than an allocator keeps for itself; larger ones come from the
 * system on every call, and all prompts at once would need many times the memory of their keys and values.
 */
function promptParts(
  prompts: readonly (readonly number[])[],
  { hiddenSize, intermediateSize, headCount }: ModelShape,
): (readonly number[])[][] {
  const parts: (readonly number[])[][] = [];
  let longest = 0;
  for (const prompt of prompts) {
    const part = parts.at(-1);
    longest = Math.max(longest, prompt.length);
    const widest = Math.max(intermediateSize, 3 * hiddenSize, headCount * longest);
    if (part !== undefined && 4 * (part.length + 1) * longest * widest <= PART_BYTES) {
      part.push(prompt);
    } else {
      parts.push([prompt]);
      longest = prompt.length;
    }
  }
  return parts;
}

/** Parts of one tensor [prompts, heads, tokens, head size], padded to the longest; disposes of the parts. */
function joinPrompts(parts: readonly tf.Tensor4D[]): tf.Tensor4D {
  const longest = parts.reduce((most, { shape }) => Math.max(most, shape[2]), 0);
  const joined = tf.tidy(() =>
    tf.concat(
      parts.map((part) =>
        part.shape[2] === longest
          ? part
          : tf.pad(part, [
              [0, 0],
              [0, 0],
              [0, longest - part.shape[2]],
              [0, 0],
            ]),
      ),
      0,
    ),
  ) as tf.Tensor4D;
  for (const part of parts) if (part !== joined) part.dispose();
  return joined;
}
