import { hold, trials } from '../hold.js';
import { outcomeWithGradient, readable } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** Losses, metrics, and gradients are finite at the ends of every field's range. */
export async function extremes<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, parameters } = subject;
  const many = { ...parameters, numRuns: 2 * parameters.numRuns };
  await hold(trials(subject, { extreme: true, maximum: 24 }), many, async ({ options, rows }) => {
    const { outcome, gradient } = await outcomeWithGradient(factory(options), rows);
    for (const [name, values] of Object.entries(readable(outcome, gradient))) {
      const row = values.findIndex((cell) => ![cell].flat().every(Number.isFinite));
      requireThat(
        row === -1,
        () =>
          `${name} is ${[values[row] ?? []].flat().find((value) => !Number.isFinite(value))} in row ${row}; logSigmoid and safeExponential of @ais/objectives stay finite`,
      );
    }
  });
}
