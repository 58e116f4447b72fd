import { runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { TokenRows } from '../batch/token-rows.js';
import type { AttentionGeometry, BlockAttention } from '../layers/attention.js';
import { sharedByGeometry } from '../layers/batch-attention.js';
import { geometryAttributes, rowTable } from '../layers/native-attention.js';
import { rotaryTable } from '../layers/rotary.js';
import type { KeyValueCache } from './key-value-cache.js';
import type { CacheInputs } from './native-block.js';

/** `count` or more: a multiple of what is computed at once. */
const padded = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple;

/** How many prompts and responses a cache has room for, and how many tokens each of them may have. */
export interface CacheRoom {
  readonly prompts: number;
  readonly promptTokens: number;
  readonly responses: number;
  readonly responseTokens: number;
}

/** A response under way. */
interface Row {
  readonly promptSlot: number;
  readonly promptLength: number;
  readonly slot: number;
  /** Its own tokens. */
  readonly length: number;
}

/**
 * A cache that operations of native TensorFlow write to in place. Prompts and responses are apart, each in slots of a matrix a
 * block, [slots, key–value heads · 2 · tokens · padded head size]: the responses to a prompt share its slot, and a slot that
 * nothing uses any longer is there for another prompt or response.
 */
export class NativeKeyValueCache implements KeyValueCache {
  readonly #geometries: readonly AttentionGeometry[];
  readonly #room: CacheRoom;
  readonly #prompts: tf.Tensor2D[];
  readonly #responses: tf.Tensor2D[];
  #rows: readonly Row[] = [];

  constructor(geometries: readonly AttentionGeometry[], room: CacheRoom) {
    this.#geometries = geometries;
    this.#room = room;
    const slots = (count: number, tokens: number): tf.Tensor2D[] =>
      geometries.map(({ keyValueHeads, headSize }) =>
        tf.fill([count, keyValueHeads * 2 * padded(tokens, 32) * padded(headSize, 16)], 0),
      );
    this.#prompts = slots(room.prompts, room.promptTokens);
    this.#responses = slots(room.responses, room.responseTokens);
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** How many more prompts there is room for, with the given number of responses per prompt. */
  free(samples: number): number {
    return Math.min(this.#freePrompts().length, Math.floor(this.#freeResponses().length / samples));
  }

  /**
   * Adds rows: `samples` of each prompt, prompt by prompt.
   *
   * @param kept the heads' inputs that each block's `nativeAttention` kept, of which it disposes
   */
  append(prompts: TokenRows, kept: readonly tf.Tensor[], samples: number): void {
    const promptSlots = this.#freePrompts().slice(0, prompts.rows.length);
    const slots = this.#freeResponses();
    tf.tidy(() => {
      const tables = [rowTable([prompts]), tf.tensor1d(promptSlots, 'int32')];
      kept.forEach((heads, block) => {
        const inputs = [heads, ...tables, this.#prompts[block] as tf.Tensor2D];
        runNativeKernel('AisFillCache', inputs, geometryAttributes(this.#geometry(block)), 1);
      });
    });
    tf.dispose([...kept]);
    const added = prompts.rows.flatMap(({ tokens }, prompt) =>
      Array.from({ length: samples }, (_, sample) => ({
        promptSlot: promptSlots[prompt] as number,
        promptLength: tokens.length,
        slot: slots[prompt * samples + sample] as number,
        length: 0,
      })),
    );
    this.#rows = [...this.#rows, ...added];
  }

  /** Each index at most once. */
  select(indices: Int32Array): void {
    this.#rows = Array.from(indices, (index) => this.#rows[index] as Row);
  }

  positions(counts?: readonly number[]): Int32Array {
    return Int32Array.from(this.#next(counts), ({ promptLength, length }) => promptLength + length);
  }

  step(): Pick<BlockAttention, 'forward'>[] {
    return this.inputs().map(({ tensors, attributes }) => ({
      forward: (projected) => {
        const [output] = runNativeKernel('AisDecode', [projected, ...tensors], attributes, 1);
        return { output: output as tf.Tensor2D, memory: undefined };
      },
    }));
  }

  /**
   * What each block's attention for the next tokens reads, and writes to; call it in a tidy.
   *
   * @param counts tokens of each row, one after another; 1 by default
   */
  inputs(counts?: readonly number[]): CacheInputs[] {
    const next = this.#next(counts);
    const positions = this.positions(counts);
    const places = tf.tensor2d(
      next.flatMap(({ promptSlot, promptLength, slot, length }) => [promptSlot, promptLength, slot, length]),
      [next.length, 4],
      'int32',
    );
    const angles = sharedByGeometry(this.#geometries, ({ rotary }) => {
      const { cos, sin, half } = rotaryTable(positions, rotary);
      return [tf.tensor2d(cos, [next.length, half]), tf.tensor2d(sin, [next.length, half])];
    });
    return this.#geometries.map((geometry, block) => ({
      tensors: [
        places,
        ...(angles[block] as tf.Tensor[]),
        this.#prompts[block] as tf.Tensor2D,
        this.#responses[block] as tf.Tensor2D,
      ],
      attributes: geometryAttributes(geometry),
    }));
  }

  appended(): void {
    this.keep(this.#rows.map(() => 1));
  }

  /** Of the tokens that a step appended, keeps the first ones of each row. */
  keep(counts: readonly number[]): void {
    this.#rows = this.#rows.map((row, index) => ({ ...row, length: row.length + (counts[index] as number) }));
  }

  dispose(): void {
    tf.dispose([...this.#prompts, ...this.#responses]);
  }

  /** The places of the next tokens, row by row. */
  #next(counts?: readonly number[]): Row[] {
    return this.#rows.flatMap((row, index) =>
      Array.from({ length: counts?.[index] ?? 1 }, (_, token) => ({ ...row, length: row.length + token })),
    );
  }

  #geometry(block: number): AttentionGeometry {
    return this.#geometries[block] as AttentionGeometry;
  }

  #freePrompts(): number[] {
    return without(
      this.#room.prompts,
      this.#rows.map(({ promptSlot }) => promptSlot),
    );
  }

  #freeResponses(): number[] {
    return without(
      this.#room.responses,
      this.#rows.map(({ slot }) => slot),
    );
  }
}

/** The numbers below `count` that are not among those taken, ascending. */
function without(count: number, taken: readonly number[]): number[] {
  const used = new Set(taken);
  return Array.from({ length: count }, (_, index) => index).filter((index) => !used.has(index));
}
