import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../../contract/objective.js';
import { hold, trials } from '../hold.js';
import { disposeBatch, toBatch, trainedFields } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** A trained field that is missing, a scalar, a column, or of another length than the rest is an error, not a broadcast. */
export async function malformed<O, B>(subject: Subject<O, B>): Promise<void> {
  const few = { ...subject.parameters, numRuns: 2 };
  await hold(trials(subject, { minimum: 2, maximum: 2 }), few, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const batch = toBatch(rows);
    const trained = trainedFields(subject.description);
    // Of tokens, their sums too.
    for (const field of new Set([...trained, ...trained.map((name) => name.replace(/Tokens$/, ''))])) {
      if (!reads(objective, batch, field)) continue;
      const wrong = {
        missing: undefined,
        'a scalar': tf.scalar(-1),
        'of shape [2, 1]': tf.tensor2d([[-1], [-1]]),
        'of one row': tf.tensor1d([-1]),
      };
      for (const [what, tensor] of Object.entries(wrong)) {
        requireThat(
          refuses(objective, { ...batch, [field]: tensor }),
          () => `no error is thrown for a batch of 2 rows whose ${field} is ${what}; call checkBatch first`,
        );
      }
      tf.dispose(Object.values(wrong));
    }
    disposeBatch(batch);
  });
}

/** Whether the losses depend on a field at all. */
function reads<B>(objective: Objective<B>, batch: B, field: string): boolean {
  const input = (batch as Record<string, tf.Tensor>)[field] as tf.Tensor;
  return tf.tidy(() => {
    const { grads } = tf
      .engine()
      .gradients(() => tf.sum(objective.evaluate(batch).losses), [input], undefined, true);
    return Boolean(grads[0]);
  });
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
