import * as tf from '@tensorflow/tfjs-core';
import { sumByRow } from '../numerics/by-row.js';

const TOKENS = /Tokens$/;

/** The response that a field with a value per token belongs to: its row field, length field, and the field of its sum. */
function namesOf(field: string): { readonly row: string; readonly length: string; readonly sum: string } {
  const sum = field.replace(TOKENS, '');
  const side = /(Chosen|Rejected)$/.exec(sum)?.[1]?.toLowerCase();
  return side
    ? { row: `${side}TokenRow`, length: `${side}Length`, sum }
    : { row: 'tokenRow', length: 'length', sum };
}

/** The response that a field belongs to, by name: fields of one response have lists of equal lengths. */
export function responseOf(field: string): string {
  return namesOf(field).row;
}

/**
 * A batch from columns, under the tape: with tokens, each response's row per token, and its length and its sums where no column
 * gives them.
 *
 * @param columns [batch], or [tokens] of the fields that `lengths` has
 * @param lengths tokens per row of each field that has tokens
 */
export function withTokenFields(
  columns: Readonly<Record<string, tf.Tensor>>,
  lengths: Readonly<Record<string, readonly number[]>>,
): Record<string, tf.Tensor> {
  const batch: Record<string, tf.Tensor> = { ...columns };
  for (const [field, counts] of Object.entries(lengths)) {
    const names = namesOf(field);
    const rows = counts.flatMap((count, row) => new Array<number>(count).fill(row));
    batch[names.row] ??= tf.tensor1d(rows, 'int32');
    batch[names.length] ??= tf.tensor1d([...counts], 'float32');
    batch[names.sum] ??= sumByRow(
      columns[field] as tf.Tensor1D,
      batch[names.row] as tf.Tensor1D,
      counts.length,
    );
  }
  return batch;
}
