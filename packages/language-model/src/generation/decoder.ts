import { hasNativeKernels, hasWasmKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { type RowSelection, takeRows } from '../batch/row-selection.js';
import { plainRow, type TokenRows, tokenRows } from '../batch/token-rows.js';
import { FEW_ROWS, type PreparedMatrix, prepareMatrix } from '../kernels/matrix-products.js';
import type { AttentionGeometry, BlockAttention, HeadInputs } from '../layers/attention.js';
import { batchAttention, sharedByGeometry } from '../layers/batch-attention.js';
import { blockForward, type PreparedBlock, prepareBlock } from '../layers/block.js';
import { embed } from '../layers/embedding.js';
import { headLogits } from '../layers/head-log-probs.js';
import { allOrNone, tidy } from '../layers/memory.js';
import type { NativeAttentionMemory } from '../layers/native-attention.js';
import type { WasmAttentionMemory } from '../layers/wasm-attention.js';
import type { ModelShape } from '../model-shape.js';
import { type ModelParts, outputHead } from '../network/log-probs.js';
import { fitsHost, HostKeyValueCache } from './host-key-value-cache.js';
import { type KeysAndValues, type KeyValueCache, TensorKeyValueCache } from './key-value-cache.js';
import { type CacheInputs, type NativeBlock, nativeBlock, nativeBlockStep } from './native-block.js';
import { NativeKeyValueCache } from './native-key-value-cache.js';
import { WasmKeyValueCache } from './wasm-key-value-cache.js';

/** A model's weights made ready once for many steps. */
type ReadyWeights = {
  blocks: PreparedBlock[];
  /** Where one operation computes each block's step. */
  native: NativeBlock[] | undefined;
  head: PreparedMatrix;
};

/** The most that a decoder will be asked for. */
export interface DecoderRoom {
  /** Prompts at once, and responses to each of them. */
  readonly prompts: number;
  readonly samples: number;
  /** Tokens of a prompt, and of a response. */
  readonly promptTokens: number;
  readonly newTokens: number;
}

/** What one pass through the blocks gives: the last hidden states, and what was kept of each block's attention. */
type Pass<Kept> = { hidden: tf.Tensor2D; kept: Kept[] };

/** Rows up to which a row's numbers are the same to the last digit, whatever their number: as `FEW_ROWS` of the native operations. */
const SAME_ROWS = 4;

/** Bytes of the largest tensor while prompts are read, about. */
const PART_BYTES = 16 * 2 ** 20;

/**
 * Computes the next token's logits for many rows at once, each new token from the keys and values of those before.
 *
 * Make it, let it `read` prompts, `step` it; `dispose` of it in the end.
 */
export class Decoder {
  readonly #model: ModelParts;
  readonly #room: DecoderRoom;
  readonly #weights: ReadyWeights;
  #cache: KeyValueCache | undefined;

  constructor(model: ModelParts, room: DecoderRoom) {
    const { plan, parameters } = model;
    this.#model = model;
    this.#room = room;
    this.#weights = tidy(() => {
      const blocks = plan.blocks.map((block) => prepareBlock(block, parameters, 'often'));
      const native = hasNativeKernels()
        ? plan.blocks.flatMap(
            (block, index) => nativeBlock(block, blocks[index] as PreparedBlock, parameters) ?? [],
          )
        : [];
      return {
        blocks,
        native: native.length === blocks.length ? native : undefined,
        head: prepareMatrix(outputHead(model).weight, 'often'),
      };
    });
  }

  /** How many prompts it can read now: with native operations prompts join rows that are still being generated; other caches start over. */
  get free(): number {
    const { prompts, samples } = this.#room;
    if (this.#cache instanceof NativeKeyValueCache) return this.#cache.free(samples);
    return this.rows === 0 ? prompts : 0;
  }

  /** Whether rows leave without a copy of the others. */
  get leavesFreely(): boolean {
    return this.#cache instanceof NativeKeyValueCache;
  }

  /**
   * Reads prompts, each once, and adds a row for each of their samples, prompt by prompt.
   *
   * @returns the logits after the new rows' prompts, [prompts · samples, vocabulary]
   */
  read(prompts: readonly (readonly number[])[]): tf.Tensor2D {
    const { samples } = this.#room;
    const logits = hasNativeKernels() ? this.#join(prompts) : this.#start(prompts);
    if (samples === 1) return logits;
    const source = Int32Array.from({ length: prompts.length * samples }, (_, row) =>
      Math.floor(row / samples),
    );
    if (!this.leavesFreely) this.#cache?.select(source);
    const repeated = takeRows(logits, source);
    logits.dispose();
    return repeated;
  }

  #join(prompts: readonly (readonly number[])[]): tf.Tensor2D {
    const { shape } = this.#model.plan;
    const cache = this.#cache instanceof NativeKeyValueCache ? this.#cache : this.#nativeCache();
    this.#cache = cache;
    const hidden = allOrNone(promptParts(prompts, shape), (part) => {
      const rows = tokenRows(part.map(plainRow), shape);
      const pass = this.#readPrompts(rows, (memory) => (memory as NativeAttentionMemory).heads);
      cache.append(rows, pass.kept, this.#room.samples);
      return pass.hidden;
    });
    return this.#logits(joinRows(hidden));
  }

  #nativeCache(): NativeKeyValueCache {
    const { prompts, samples, promptTokens, newTokens } = this.#room;
    const geometries = this.#model.plan.blocks.map(({ attention }) => attention);
    // A prompt stays until the last of its responses ends.
    const staying = samples === 1 ? prompts : 2 * prompts;
    return new NativeKeyValueCache(geometries, {
      prompts: staying,
      promptTokens,
      responses: prompts * samples,
      responseTokens: newTokens,
    });
  }

  #start(prompts: readonly (readonly number[])[]): tf.Tensor2D {
    this.#cache?.dispose();
    this.#cache = undefined;
    const { shape, blocks } = this.#model.plan;
    const geometries = blocks.map(({ attention }) => attention);
    const { samples, newTokens } = this.#room;
    if (hasWasmKernels()) {
      const rows = tokenRows(prompts.map(plainRow), shape);
      const { hidden, kept } = this.#readPrompts(rows, (memory) => (memory as WasmAttentionMemory).heads);
      this.#cache = new WasmKeyValueCache(geometries, kept, rows, rows.time + newTokens);
      return this.#logits(hidden);
    }
    const parts = allOrNone(promptParts(prompts, shape), (part) =>
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

  /** Makes the rows those at `indices`, in that order. */
  select(indices: readonly number[]): void {
    if (indices.length > 0 || this.leavesFreely) {
      this.#cache?.select(Int32Array.from(indices));
    } else {
      this.#cache?.dispose();
      this.#cache = undefined;
    }
  }

  /** How many tokens of a row a step may append, of which `keep` then keeps some. */
  get mostTokens(): number {
    const { native } = this.#weights;
    return native && this.#cache instanceof NativeKeyValueCache ? Math.floor(SAME_ROWS / this.rows) : 1;
  }

  /** As `step`, with one or more tokens for each row, and logits after each of them, row by row. Then say which to `keep`. */
  tryOut(tokens: readonly (readonly number[])[]): tf.Tensor2D {
    const cache = this.#cache as NativeKeyValueCache;
    const counts = tokens.map(({ length }) => length);
    return this.#logits(
      tf.tidy(() =>
        this.#nativeStep(
          Int32Array.from(tokens.flat()),
          cache,
          this.#weights.native as NativeBlock[],
          counts,
        ),
      ),
    );
  }

  /** Keeps the first tokens of those that each row tried out. */
  keep(counts: readonly number[]): void {
    (this.#cache as NativeKeyValueCache).keep(counts);
  }

  /** Appends one token to each row and gives the logits after it, [rows, vocabulary]. */
  step(tokens: Int32Array): tf.Tensor2D {
    const cache = this.#cache;
    if (cache === undefined) throw new Error('@ais/language-model: a decoder starts with prompts.');
    const { native } = this.#weights;
    const { hidden, kept } = tidy(() =>
      native && cache instanceof NativeKeyValueCache && cache.rows <= FEW_ROWS.often
        ? { hidden: this.#nativeStep(tokens, cache, native), kept: [] }
        : this.#forward(tokens, cache.positions(), cache.step(), (memory) => memory),
    );
    cache.appended(kept);
    return this.#logits(hidden);
  }

  dispose(): void {
    this.#cache?.dispose();
    this.#cache = undefined;
    const { blocks, native, head } = this.#weights;
    tf.dispose([blocks, head, (native ?? []).map(({ weights }) => weights)]);
  }

  /** The last block's output for one more token a row; call it in a tidy. */
  #nativeStep(
    tokens: Int32Array,
    cache: NativeKeyValueCache,
    blocks: readonly NativeBlock[],
    counts?: readonly number[],
  ): tf.Tensor2D {
    const { plan, parameters } = this.#model;
    const inputs = cache.inputs(counts);
    return blocks.reduce(
      (x, block, index) => nativeBlockStep(x, block, inputs[index] as CacheInputs),
      embed(parameters, plan.embedding, tokens, cache.positions(counts)),
    );
  }

  /** The last block's output at each prompt's last token, and of each block's attention what `keep` picks. */
  #readPrompts<Kept>(rows: TokenRows, keep: (memory: unknown) => Kept): Pass<Kept> {
    const last: RowSelection = {
      indices: Int32Array.from(rows.rows, ({ tokens }, row) => row * rows.time + tokens.length - 1),
      total: rows.batch * rows.time,
    };
    return tidy(() => {
      const geometries = this.#model.plan.blocks.map(({ attention }) => attention);
      const attentions = sharedByGeometry(geometries, (geometry) => batchAttention(rows, geometry));
      if (hasNativeKernels()) {
        attentions[attentions.length - 1] = batchAttention(
          rows,
          geometries.at(-1) as AttentionGeometry,
          last,
        );
      }
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
