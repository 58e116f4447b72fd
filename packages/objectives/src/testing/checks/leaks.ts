import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { disposeBatch, disposeEvaluation, rowsArbitrary, toBatch, trainedFields } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** Only what is returned survives an evaluation; a gradient leaves only the gradients. */
export async function leaks<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  const fields = trainedFields(description);
  fc.assert(
    fc.property(optionsArbitrary, rowsArbitrary(description, { required }), (options, rows) => {
      const objective = factory(options);
      const batch = toBatch(rows);
      const start = tf.memory().numTensors;
      const evaluation = objective.evaluate(batch);
      const returned = 1 + Object.keys(evaluation.metrics).length;
      const left = tf.memory().numTensors - start - returned;
      requireThat(
        left === 0,
        () => `an evaluation leaves ${left} tensors beside the ${returned} that it returns`,
      );
      disposeEvaluation(evaluation);

      const inputs = fields.map((field) => batch[field as keyof B] as unknown as tf.Tensor);
      const gradients = tf.grads((...given: tf.Tensor[]) => {
        const replaced = Object.fromEntries(fields.map((field, index) => [field, given[index]]));
        return tf.sum(objective.evaluate({ ...batch, ...replaced }).losses);
      })(inputs);
      const more = tf.memory().numTensors - start - gradients.length;
      requireThat(more === 0, () => `a gradient leaves ${more} tensors beside the gradients themselves`);
      tf.dispose(gradients);
      disposeBatch(batch);
    }),
    parameters,
  );
}
