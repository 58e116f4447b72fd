import { hasNativeKernels, hasWasmKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { RowSelection } from '../batch/row-selection.js';
import { plainRow, type TokenRows, tokenRows } from '../batch/token-rows.js';
import { type PreparedMatrix, prepareMatrix } from '../kernels/matrix-products.js';
import type { BlockAttention, HeadInputs } from '../layers/attention.js';
import { batchAttention, sharedByGeometry } from '../layers/batch-attention.js';
import { blockForward, type PreparedBlock, prepareBlock } from '../layers/block.js';
import { embed } from '../layers/embedding.js';
import { headLogits } from '../layers/head-log-probs.js';
import { tidy } from '../layers/memory.js';
import type { NativeAttentionMemory } from '../layers/native-attention.js';
import type { WasmAttentionMemory } from '../layers/wasm-attention.js';
import type { ModelShape } from '../model-shape.js';
import { type ModelParts, outputHead } from '../network/log-probs.js';
import { fitsHost, HostKeyValueCache } from './host-key-value-cache.js';
import { type KeysAndValues, type KeyValueCache, TensorKeyValueCache } from './key-value-cache.js';
import { NativeKeyValueCache } from './native-key-value-cache.js';
import { WasmKeyValueCache } from './wasm-key-value-cache.js';

/** A model's weights made ready once for many steps. */
type ReadyWeights = { blocks: PreparedBlock[]; head: PreparedMatrix };

/** What one pass through the blocks gives: the last hidden states, and what was kept of each block's attention. */
type Pass<Kept> = { hidden: tf.Tensor2D; kept: Kept[] };

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
    const { plan, parameters } = model;
    this.#model = model;
    this.#weights = tidy(() => ({
      blocks: plan.blocks.map((block) => prepareBlock(block, parameters, 'often')),
      head: prepareMatrix(outputHead(model).weight, 'often'),
    }));
  }

  /**
   * Reads the prompts, one row each, in the place of whatever it read before.
   *
   * @param newTokens how many tokens a row may get
   * @param samples how many rows a prompt will have
   * @returns the logits after each prompt, [prompts, vocabulary]
   */
  start(prompts: readonly (readonly number[])[], newTokens: number, samples: number): tf.Tensor2D {
    this.#cache?.dispose();
    this.#cache = undefined;
    const { shape, blocks } = this.#model.plan;
    const geometries = blocks.map(({ attention }) => attention);
    if (hasWasmKernels()) {
      const rows = tokenRows(prompts.map(plainRow), shape);
      const { hidden, kept } = this.#readPrompts(rows, (memory) => (memory as WasmAttentionMemory).heads);
      this.#cache = new WasmKeyValueCache(geometries, kept, rows, rows.time + newTokens);
      return this.#logits(hidden);
    }
    const groups = promptParts(prompts, shape);
    if (hasNativeKernels()) {
      const rectangles = groups.map((part) => tokenRows(part.map(plainRow), shape));
      const passes = rectangles.map((rows) =>
        this.#readPrompts(rows, (memory) => (memory as NativeAttentionMemory).heads),
      );
      const kept = passes.map((pass) => pass.kept);
      const longest = Math.max(...prompts.map(({ length }) => length));
      this.#cache = NativeKeyValueCache.of(geometries, rectangles, kept, longest + newTokens);
      return this.#logits(joinRows(passes.map(({ hidden }) => hidden)));
    }
    const parts = groups.map((part) =>
      this.#readPrompts(tokenRows(part.map(plainRow), shape), (memory): KeysAndValues => {
        const { key, value } = memory as HeadInputs;
        return { keys: key, values: value };
      }),
    );
    const joined = blocks.map((_, block): KeysAndValues => {
      const ofBlock = parts.map(({ kept }) => kept[block] as KeysAndValues);
      return {
        keys: joinPrompts(ofBlock.map(({ keys }) => keys)),
        values: joinPrompts(ofBlock.map(({ values }) => values)),
      };
    });
    const lengths = Int32Array.from(prompts, ({ length }) => length);
    this.#cache = fitsHost(prompts.length * samples)
      ? new HostKeyValueCache(geometries, joined, lengths, Math.max(...lengths) + newTokens)
      : new TensorKeyValueCache(geometries, joined, lengths);
    return this.#logits(joinRows(parts.map(({ hidden }) => hidden)));
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
    const { hidden, kept } = tidy(() =>
      this.#forward(tokens, cache.positions(), cache.step(), (memory) => memory),
    );
    cache.appended(kept);
    return this.#logits(hidden);
  }

  dispose(): void {
    this.#cache?.dispose();
    this.#cache = undefined;
    tf.dispose(this.#weights);
  }

  /** The last block's output at each prompt's last token, and of each block's attention what `keep` picks. */
  #readPrompts<Kept>(rows: TokenRows, keep: (memory: unknown) => Kept): Pass<Kept> {
    const last: RowSelection = {
      indices: Int32Array.from(rows.rows, ({ tokens }, row) => row * rows.time + tokens.length - 1),
      total: rows.batch * rows.time,
    };
    return tidy(() => {
      const attentions = sharedByGeometry(
        this.#model.plan.blocks.map(({ attention }) => attention),
        (geometry) => batchAttention(rows, geometry),
      );
      return this.#forward(rows.tokens, rows.positions, attentions, keep, last);
    });
  }

  /** [rows, hidden] → [rows, vocabulary]; disposes of its input. */
  #logits(hidden: tf.Tensor2D): tf.Tensor2D {
    const logits = tf.tidy(() => headLogits(hidden, outputHead(this.#model), this.#weights.head));
    hidden.dispose();
    return logits;
  }

  #forward<Kept>(
    tokens: Int32Array,
    positions: Int32Array,
    attentions: readonly Pick<BlockAttention, 'forward'>[],
    keep: (memory: unknown) => Kept,
    selection?: RowSelection,
  ): Pass<Kept> {
    const { plan, parameters } = this.#model;
    const kept: Kept[] = [];
    let x = embed(parameters, plan.embedding, tokens, positions);
    plan.blocks.forEach((block, index) => {
      const context = {
        plan: block,
        parameters,
        prepared: this.#weights.blocks[index] as PreparedBlock,
        attention: attentions[index] as BlockAttention,
        selection: index === plan.blocks.length - 1 ? selection : undefined,
      };
      const result = tidy(() => {
        const { output, memory } = blockForward(x, context);
        return { output, kept: keep(memory.attended) };
      });
      kept.push(result.kept);
      x.dispose();
      x = result.output;
    });
    return { hidden: x, kept };
  }
}

/**
 * Prompts in groups whose largest tensor is no more than an allocator keeps for itself; larger ones come from the
 * system on every call, and all prompts at once would need many times the memory of their keys and values.
 */
function promptParts(
  prompts: readonly (readonly number[])[],
  { intermediateSize, headCount, keyValueHeadCount, headSize }: ModelShape,
): (readonly number[])[][] {
  const parts: (readonly number[])[][] = [];
  let longest = 0;
  for (const prompt of prompts) {
    const part = parts.at(-1);
    longest = Math.max(longest, prompt.length);
    const widest = Math.max(
      intermediateSize,
      (headCount + 2 * keyValueHeadCount) * headSize,
      headCount * longest,
    );
    if (part !== undefined && 4 * (part.length + 1) * longest * widest <= PART_BYTES) {
      part.push(prompt);
    } else {
      parts.push([prompt]);
      longest = prompt.length;
    }
  }
  return parts;
}

/** Rows of matrices, one after another; disposes of the parts. */
function joinRows(parts: readonly tf.Tensor2D[]): tf.Tensor2D {
  const joined = tf.concat([...parts], 0);
  tf.dispose([...parts]);
  return joined;
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
