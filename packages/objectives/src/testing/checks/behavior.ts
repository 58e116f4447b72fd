import * as fc from 'fast-check';
import { fieldsOf, outcomeOf, type Rows, rowsArbitrary } from '../rows.js';
import { requireClose, type Subject } from '../subject.js';

/** Where the behavior policy's log-probabilities are absent, the reference's stand in for them. */
export async function behavior<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, optionsArbitrary, description, required, parameters } = subject;
  if (!fieldsOf(description).some(([field]) => field === 'behaviorChosen')) return;
  await fc.assert(
    fc.asyncProperty(optionsArbitrary, rowsArbitrary(description, { required }), async (options, rows) => {
      const objective = factory(options);
      const columns = rows as Record<string, readonly number[]>;
      const { behaviorChosen, behaviorRejected, ...without } = columns;
      const explicit = {
        ...without,
        behaviorChosen: columns['referenceChosen'],
        behaviorRejected: columns['referenceRejected'],
      };
      const implied = await outcomeOf(objective, without as Rows<B>);
      const given = await outcomeOf(objective, explicit as Rows<B>);
      requireClose('the loss where μ is the reference', given.losses, implied.losses, 0);
    }),
    parameters,
  );
}
