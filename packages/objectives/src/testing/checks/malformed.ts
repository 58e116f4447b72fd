import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../../contract/objective.js';
import { hold, trials } from '../hold.js';
import { disposeBatch, fieldsOf, toBatch, trainedFields } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** Added to a field, times the row's number: small and large, so that a hinge or a bound that one does not pass the other does. */
const CHANGES = [1, -1, 16, -16];

/**
 * A field that losses depend on and that is missing, a scalar, a column, or of another length than the rest is an error, not a broadcast.
 *
 * Of the fields that may be left out, missing ones are no error.
 */
export async function malformed<O, B>(subject: Subject<O, B>): Promise<void> {
  const few = { ...subject.parameters, numRuns: 2 };
  const trained = trainedFields(subject.description).map(sumOf);
  const optional = fieldsOf(subject.description).flatMap(([field, given]) =>
    given.optional && !subject.required.includes(field) ? [sumOf(field)] : [],
  );
  await hold(trials(subject, { minimum: 2, maximum: 2 }), few, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const batch = toBatch(rows);
    // Of tokens, their sums and lengths too.
    for (const [field, tensor] of Object.entries(batch as Record<string, tf.Tensor>)) {
      if (tensor.dtype !== 'float32') continue;
      const read = trained.includes(sumOf(field))
        ? hasGradient(objective, batch, field)
        : await changesLosses(objective, batch, field);
      if (!read) continue;
      const wrong = {
        ...(optional.includes(sumOf(field)) ? {} : { missing: undefined }),
        'a scalar': tf.scalar(-1),
        'of shape [2, 1]': tf.tensor2d([[-1], [-1]]),
        'of one row': tf.tensor1d([-1]),
      };
      for (const [what, given] of Object.entries(wrong)) {
        requireThat(
          refuses(objective, { ...batch, [field]: given }),
          () => `no error is thrown for a batch of 2 rows whose ${field} is ${what}; call checkBatch first`,
        );
      }
      tf.dispose(Object.values(wrong));
    }
    disposeBatch(batch);
  });
}

/** Whether a gradient of the losses reaches a field. */
function hasGradient<B>(objective: Objective<B>, batch: B, field: string): boolean {
  const input = (batch as Record<string, tf.Tensor>)[field] as tf.Tensor;
  return tf.tidy(() => {
    const { grads } = tf
      .engine()
      .gradients(() => tf.sum(objective.evaluate(batch).losses), [input], undefined, true);
    return Boolean(grads[0]);
  });
}

/** Whether the losses depend on a field that has no gradient. */
async function changesLosses<B>(objective: Objective<B>, batch: B, field: string): Promise<boolean> {
  const losses = async (by: number): Promise<string> => {
    const tensor = (batch as Record<string, tf.Tensor>)[field] as tf.Tensor;
    const values = tf.tidy(() => {
      const changed = tf.add(tensor, tf.mul(by, tf.range(1, tensor.size + 1)));
      return objective.evaluate({ ...batch, [field]: changed }).losses;
    });
    const text = (await values.data()).join();
    values.dispose();
    return text;
  };
  const before = await losses(0);
  for (const by of CHANGES) {
    // What refuses a value looks at it.
    if ((await losses(by).catch(() => undefined)) !== before) return true;
  }
  return false;
}

/** The name of a field, or of a field with tokens that of its sum. */
function sumOf(field: string): string {
  return field.replace(/Tokens$/, '');
}

function refuses<B>(objective: Objective<B>, batch: B): boolean {
  const scope = tf.engine();
  scope.startScope();
  try {
    // One row beside two is right only where nothing else is read: then there is one loss.
    return objective.evaluate(batch).losses.shape.join() === '1';
  } catch {
    return true;
  } finally {
    scope.endScope();
  }
}
