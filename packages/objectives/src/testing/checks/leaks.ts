import * as tf from '@tensorflow/tfjs-core';
import { hold, trials } from '../hold.js';
import { disposeBatch, disposeEvaluation, toBatch, trainedFields } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** Only what is returned survives an evaluation; a gradient leaves only the gradients. */
export async function leaks<O, B>(subject: Subject<O, B>): Promise<void> {
  const fields = trainedFields(subject.description);
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const batch = toBatch(rows);
    const start = tf.memory().numTensors;
    const evaluation = objective.evaluate(batch);
    const returned = 1 + Object.keys(evaluation.metrics).length;
    const left = tf.memory().numTensors - start - returned;
    requireThat(
      left === 0,
      () =>
        `an evaluation leaves ${left} more tensors than the ${returned} that it returns; compute inside tf.tidy` +
        (left < 0 ? ', and return each tensor once' : ''),
    );
    disposeEvaluation(evaluation);

    // Not tf.grads, which refuses an objective that ignores one of them.
    const inputs = fields.map((field) => batch[field as keyof B] as unknown as tf.Tensor);
    const { value, grads } = tf
      .engine()
      .gradients(() => tf.tidy(() => tf.sum(objective.evaluate(batch).losses)), inputs, undefined, true);
    const gradients = grads.filter((gradient) => gradient !== null && gradient !== undefined);
    const more = tf.memory().numTensors - start - gradients.length - 1;
    requireThat(
      more === 0,
      () => `a gradient leaves ${more} more tensors than the gradients themselves; compute inside tf.tidy`,
    );
    tf.dispose([value, ...gradients]);
    disposeBatch(batch);
  });
}
