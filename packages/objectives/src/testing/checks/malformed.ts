import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import type { Objective } from '../../contract/objective.js';
import { disposeBatch, rowsArbitrary, toBatch, trainedFields } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** A trained field that is missing, a scalar, a column, or of another length is an error, not a broadcast. */
export async function malformed<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  const rowsOfTwo = rowsArbitrary(description, { required, minimum: 2, maximum: 2 });
  fc.assert(
    fc.property(optionsArbitrary, rowsOfTwo, (options, rows) => {
      const objective = factory(options);
      const batch = toBatch(rows);
      for (const field of trainedFields(description)) {
        const wrong = {
          missing: undefined,
          'a scalar': tf.scalar(-1),
          'of shape [2, 1]': tf.tensor2d([[-1], [-1]]),
          'of one row': tf.tensor1d([-1]),
        };
        for (const [what, tensor] of Object.entries(wrong)) {
          requireThat(
            refuses(objective, { ...batch, [field]: tensor }),
            () => `${field} is ${what} and no error is thrown; call checkBatch first`,
          );
        }
        tf.dispose(Object.values(wrong));
      }
      disposeBatch(batch);
    }),
    { ...parameters, numRuns: 2 },
  );
}

function refuses<B>(objective: Objective<B>, batch: B): boolean {
  const scope = tf.engine();
  scope.startScope();
  try {
    objective.evaluate(batch);
    return false;
  } catch {
    return true;
  } finally {
    scope.endScope();
  }
}
