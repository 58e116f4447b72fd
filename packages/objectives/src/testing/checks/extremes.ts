import * as fc from 'fast-check';
import { countOf, lossGradient, outcomeOf, rowsArbitrary } from '../rows.js';
import { requireThat, type Subject } from '../subject.js';

/** Losses, metrics and gradients are finite at the ends of every field's range. */
export async function extremes<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  const rowsOfExtremes = rowsArbitrary(description, { required, extreme: true, minimum: 24, maximum: 24 });
  await fc.assert(
    fc.asyncProperty(optionsArbitrary, rowsOfExtremes, async (options, rows) => {
      const objective = factory(options);
      const { losses, metrics } = await outcomeOf(objective, rows);
      const gradient = await lossGradient(objective, rows, new Array<number>(countOf(rows)).fill(1));
      for (const [name, values] of Object.entries({ losses, ...metrics, ...prefixed(gradient) })) {
        const index = values.findIndex((value) => !Number.isFinite(value));
        requireThat(index === -1, () => `${name}[${index}] is ${values[index]}`);
      }
    }),
    parameters,
  );
}

function prefixed(gradient: Record<string, number[]>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(gradient).map(([field, values]) => [`the gradient of ${field}`, values]),
  );
}
