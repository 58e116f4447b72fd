import * as tf from '@tensorflow/tfjs-core';
import type { AttentionMemory } from './attention.js';
import { batchAttention } from './batch-attention.js';
import { type BlockAttention, type BlockContext, blockForward, MEMORY_BEFORE_ATTENTION } from './block.js';
import { blockParameters, type FoldedBlock, foldBlock } from './folded-block.js';
import { headLogits } from './head-log-probs.js';
import { type KeyValueCache, TensorKeyValueCache } from './key-value-cache.js';
import { type ModelParts, outputHead } from './log-probs.js';
import { type PreparedMatrix, prepareMatrix } from './matrix-products.js';
import { EMBEDDING, parameter } from './parameters.js';
import { type RowSelection, takeRows } from './row-selection.js';
import { plainRow, tokenRows } from './token-rows.js';
import { hasWasmKernels } from './wasm-kernels.js';
import { WasmKeyValueCache } from './wasm-key-value-cache.js';

/** A model's weights made ready once for many steps. */
type ReadyWeights = { blocks: FoldedBlock[]; head: PreparedMatrix };

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
        foldBlock(blockParameters(parameters, configuration, index)),
      ),
      head: prepareMatrix(outputHead(model).weight),
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
    const rows = tokenRows(prompts.map(plainRow), configuration);
    const lengths = Int32Array.from(prompts, ({ length }) => length);
    const last: RowSelection = {
      indices: lengths.map((length, row) => row * rows.time + length - 1),
      total: rows.batch * rows.time,
    };
    const { logits, memories } = tf.tidy(() => {
      const attention = batchAttention(rows, configuration);
      const attentions = Array.from({ length: configuration.layerCount }, () => attention);
      return this.#forward(rows.tokens, attentions, last);
    });
    this.#cache = hasWasmKernels()
      ? new WasmKeyValueCache(configuration, memories, rows, rows.time + newTokens)
      : new TensorKeyValueCache(configuration, memories, lengths);
    return logits;
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
    const { logits, memories } = tf.tidy(() => this.#forward(tokens, cache.step()));
    cache.appended(memories);
    return logits;
  }

  dispose(): void {
    this.#cache?.dispose();
    this.#cache = undefined;
    tf.dispose(this.#weights);
  }

  #forward(
    tokens: Int32Array,
    attentions: readonly Pick<BlockAttention, 'forward'>[],
    selection?: RowSelection,
  ): { logits: tf.Tensor2D; memories: tf.Tensor[][] } {
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
        const kept: AttentionMemory = memory.slice(MEMORY_BEFORE_ATTENTION);
        return { output, kept: [...kept] };
      });
      memories.push(block.kept);
      x.dispose();
      x = block.output;
    });
    return { logits: headLogits(x, outputHead(this.#model), this.#weights.head), memories };
  }
}
