import type * as tf from '@tensorflow/tfjs-core';
import { hold, trials } from '../hold.js';
import { disposeBatch, disposeEvaluation, type Rows, toBatch } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** Evaluating neither changes nor disposes of what it is given, and the same batch gives the same losses bit by bit. */
export async function inputs<O, B>(subject: Subject<O, B>): Promise<void> {
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const batch = toBatch(rows);
    const keys = Object.keys(batch as object).join();
    const evaluations = [objective.evaluate(batch)];
    for (const [field, tensor] of Object.entries(batch as Record<string, tf.Tensor>)) {
      requireThat(!tensor.isDisposed, () => `${field} was disposed of; it belongs to the caller`);
      const given = rows[field as keyof Rows<B>]?.flat();
      // What follows from tokens is no column of its own.
      if (!given) continue;
      requireThat([...(await tensor.data())].join() === given.join(), () => `${field} was changed`);
    }
    requireThat(
      Object.keys(batch as object).join() === keys,
      () => 'the batch has other fields after an evaluation than before',
    );
    evaluations.push(objective.evaluate(batch));
    const [first, second] = await Promise.all(
      evaluations.map(async ({ losses }) => [...(await losses.data())].join()),
    );
    requireThat(first === second, () => `the same batch gave the losses ${first} and then ${second}`);
    for (const evaluation of evaluations) disposeEvaluation(evaluation);
    disposeBatch(batch);
  });
}
