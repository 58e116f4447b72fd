import * as tf from '@tensorflow/tfjs-core';
import { takeRows } from '../batch/row-selection.js';

/**
 * Rows that belong to prompts, brought together by prompt and apart again, so that what each prompt does to all of
 * its rows is one product.
 *
 * Every prompt has as many slots as the one with most rows; slots without a row hold a copy of some row's values.
 */
export class PromptSlots {
  readonly #prompts: number;
  readonly #width: number;
  /** The row in each slot, and the slot of each row; none where they are the same, row for row. */
  readonly #moves: { readonly rowIn: Int32Array; readonly slotOf: Int32Array } | undefined;

  /** @param promptOf each row's prompt, below `prompts` */
  constructor(promptOf: Int32Array, prompts: number) {
    const counts = new Int32Array(prompts);
    const nth = promptOf.map((prompt) => {
      counts[prompt] = (counts[prompt] as number) + 1;
      return (counts[prompt] as number) - 1;
    });
    this.#prompts = prompts;
    this.#width = counts.reduce((most, count) => Math.max(most, count), 1);
    const slotOf = promptOf.map((prompt, row) => prompt * this.#width + (nth[row] as number));
    const rowIn = new Int32Array(prompts * this.#width);
    slotOf.forEach((slot, row) => {
      rowIn[slot] = row;
    });
    const inPlace = rowIn.length === slotOf.length && slotOf.every((slot, row) => slot === row);
    this.#moves = inPlace ? undefined : { rowIn, slotOf };
  }

  /** [rows, heads, 1, n] → [prompts, heads, slots, n] */
  toPrompts(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const [rows, heads, , n] = x.shape;
      const flat = tf.reshape(x, [rows, heads * n]) as tf.Tensor2D;
      const slots = this.#moves ? takeRows(flat, this.#moves.rowIn) : flat;
      if (this.#width === 1) return tf.reshape(slots, [this.#prompts, heads, 1, n]);
      return tf.transpose(tf.reshape(slots, [this.#prompts, this.#width, heads, n]), [0, 2, 1, 3]);
    });
  }

  /** [prompts, heads, slots, n] → [rows, heads, 1, n] */
  toRows(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const [prompts, heads, width, n] = x.shape;
      const slots = width === 1 ? x : tf.transpose(x, [0, 2, 1, 3]);
      const flat = tf.reshape(slots, [prompts * width, heads * n]) as tf.Tensor2D;
      const rows = this.#moves ? takeRows(flat, this.#moves.slotOf) : flat;
      return tf.reshape(rows, [rows.shape[0], heads, 1, n]);
    });
  }
}
