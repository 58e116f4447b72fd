import { hold, trials } from '../hold.js';
import { countOf, disposeBatch, disposeEvaluation, toBatch } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** One float32 loss per example; metrics are [batch] or [1]. */
export async function shape<O, B>(subject: Subject<O, B>): Promise<void> {
  await hold(trials(subject, { maximum: 6 }), subject.parameters, async ({ options, rows }) => {
    const batch = toBatch(rows);
    const evaluation = subject.factory(options).evaluate(batch);
    const { losses, metrics } = evaluation;
    const count = countOf(rows);
    requireThat(
      losses.shape.join() === `${count}` && losses.dtype === 'float32',
      () => `losses have shape [${losses.shape}] and type ${losses.dtype}, expected [${count}] and float32`,
    );
    for (const [name, metric] of Object.entries(metrics)) {
      requireThat(
        (metric.shape.join() === `${count}` || metric.shape.join() === '1') && metric.dtype === 'float32',
        () =>
          `the metric ${name} has shape [${metric.shape}] and type ${metric.dtype}, expected [${count}] or [1] and float32`,
      );
    }
    disposeEvaluation(evaluation);
    disposeBatch(batch);
  });
}
