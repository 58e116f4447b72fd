import * as fc from 'fast-check';
import { mapColumns, outcomeOf, type Rows, rowsArbitrary } from '../rows.js';
import { requireClose, type Subject } from '../subject.js';

/** What `requires` leaves out has no influence: neither the reference nor the certainties. */
export async function requirements<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  await fc.assert(
    fc.asyncProperty(optionsArbitrary, rowsArbitrary(description, { required }), async (options, rows) => {
      const objective = factory(options);
      const { losses } = await outcomeOf(objective, rows);
      if (!objective.requires.reference) {
        const moved = mapColumns(rows, (column, field) =>
          // Not by the same for both responses: a margin would not notice.
          field.startsWith('reference') ? column.map((value) => value - field.length / 8) : column,
        );
        requireClose(
          'the loss with another reference',
          (await outcomeOf(objective, moved)).losses,
          losses,
          0,
        );
      }
      if (!objective.requires.certainty) {
        const bare = Object.fromEntries(
          Object.entries(rows).filter(([field]) => !field.endsWith('Certainty')),
        );
        requireClose(
          'the loss without certainties',
          (await outcomeOf(objective, bare as Rows<B>)).losses,
          losses,
          0,
        );
      }
    }),
    parameters,
  );
}
