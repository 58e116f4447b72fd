import * as fc from 'fast-check';
import { countOf, disposeBatch, disposeEvaluation, rowsArbitrary, toBatch } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** One float32 loss an example; metrics are [batch] or [1]. */
export async function shape<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  fc.assert(
    fc.property(optionsArbitrary, rowsArbitrary(description, { required, maximum: 6 }), (options, rows) => {
      const batch = toBatch(rows);
      const evaluation = factory(options).evaluate(batch);
      const { losses, metrics } = evaluation;
      const count = countOf(rows);
      requireThat(
        losses.shape.join() === `${count}` && losses.dtype === 'float32',
        () => `losses are [${losses.shape}] of ${losses.dtype} for ${count} rows, not [${count}] of float32`,
      );
      for (const [name, metric] of Object.entries(metrics)) {
        requireThat(
          (metric.shape.join() === `${count}` || metric.shape.join() === '1') && metric.dtype === 'float32',
          () =>
            `the metric ${name} is [${metric.shape}] of ${metric.dtype}, not [${count}] or [1] of float32`,
        );
      }
      disposeEvaluation(evaluation);
      disposeBatch(batch);
    }),
    parameters,
  );
}
