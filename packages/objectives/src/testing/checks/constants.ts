import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../../contract/objective.js';
import { hold, trials } from '../hold.js';
import { countOf, fieldsOf, gradientOf, lossGradient } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** No gradient reaches the reference or any other constant, and none flows out of the metrics. */
export async function constants<O, B>(subject: Subject<O, B>): Promise<void> {
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const fromLosses = await lossGradient(objective, rows, new Array<number>(countOf(rows)).fill(1));
    for (const [field, { trained }] of fieldsOf(subject.description)) {
      const leaked = !trained && fromLosses[field]?.flat().some((value) => value !== 0);
      requireThat(!leaked, () => `a gradient of the losses reaches ${field}, which is a constant; detach it`);
    }
    const fromMetrics = await gradientOf((batch: B) => sumOfMetrics(objective, batch), rows);
    for (const [field, values] of Object.entries(fromMetrics)) {
      requireThat(
        values.flat().every((value) => value === 0),
        () => `a gradient of the metrics reaches ${field}; detach them`,
      );
    }
  });
}

/**
 * The metrics added up, each with a factor of its own so that no two gradients cancel, and 0 times the inputs: a sum that no
 * input reaches has no gradient to ask for.
 */
function sumOfMetrics<B>(objective: Objective<B>, batch: B): tf.Tensor {
  return tf.tidy(() => {
    const inputs = Object.values(batch as Record<string, tf.Tensor>).map((tensor) =>
      tf.mul(0, tf.sum(tensor)),
    );
    const metrics = Object.values(objective.evaluate(batch).metrics).map((metric, index) =>
      tf.mul(2 ** index, tf.sum(metric)),
    );
    return tf.addN([...inputs, ...metrics]);
  });
}
