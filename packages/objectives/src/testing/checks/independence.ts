import * as fc from 'fast-check';
import { countOf, outcomeOf, pick, rowsArbitrary } from '../rows.js';
import { requireClose, type Subject } from '../subject.js';

/** Further rows in the batch (padding among them) change no row's loss, unless `requires.wholeBatch` says that they do. */
export async function independence<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  await fc.assert(
    fc.asyncProperty(
      optionsArbitrary,
      rowsArbitrary(description, { required, minimum: 2 }),
      async (options, rows) => {
        const objective = factory(options);
        if (objective.requires.wholeBatch) return;
        const together = await outcomeOf(objective, rows);
        for (let index = 0; index < countOf(rows); index += 1) {
          const alone = await outcomeOf(objective, pick(rows, [index]));
          requireClose(
            `the loss of row ${index} alone`,
            alone.losses,
            together.losses.slice(index, index + 1),
            1e-6,
          );
        }
      },
    ),
    parameters,
  );
}
