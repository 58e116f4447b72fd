import * as fc from 'fast-check';
import { countOf, lossGradient, outcomeOf, pick, rowsArbitrary } from '../rows.js';
import { requireClose, type Subject } from '../subject.js';

/** Rows in another order give the same losses, metrics and gradients in that order. */
export async function permutation<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  const shuffled = rowsArbitrary(description, { required, minimum: 2, maximum: 5 }).chain((rows) => {
    const indices = [...Array(countOf(rows)).keys()];
    return fc.tuple(
      fc.constant(rows),
      fc.shuffledSubarray(indices, { minLength: indices.length, maxLength: indices.length }),
    );
  });
  await fc.assert(
    fc.asyncProperty(optionsArbitrary, shuffled, async (options, [rows, order]) => {
      const objective = factory(options);
      const reordered = pick(rows, order);
      const before = await outcomeOf(objective, rows);
      const after = await outcomeOf(objective, reordered);
      const ones = order.map(() => 1);
      const gradientBefore = await lossGradient(objective, rows, ones);
      const gradientAfter = await lossGradient(objective, reordered, ones);
      const expected = { losses: before.losses, ...before.metrics, ...gradientBefore };
      const actual = { losses: after.losses, ...after.metrics, ...gradientAfter };
      for (const [name, values] of Object.entries<readonly number[]>(expected)) {
        const moved = values.length === 1 ? values : order.map((index) => values[index] as number);
        requireClose(
          `reordered ${name}`,
          (actual as Record<string, readonly number[]>)[name] ?? [],
          moved,
          1e-4,
        );
      }
    }),
    parameters,
  );
}
