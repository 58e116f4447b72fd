import { hold, trials } from '../hold.js';
import { type Column, fieldsOf, outcomeOf, type Rows } from '../rows.js';
import { requireClose, type Subject } from '../subject.js';

/** Without the behavior policy's log-probabilities, the reference's take their place. */
export async function behavior<O, B>(subject: Subject<O, B>): Promise<void> {
  if (!fieldsOf(subject.description).some(([field]) => field === 'behaviorChosen')) return;
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const columns = rows as Record<string, Column | undefined>;
    const { behaviorChosen, behaviorRejected, ...without } = columns;
    const explicit = {
      ...without,
      behaviorChosen: columns['referenceChosen'] ?? sums(columns['referenceChosenTokens']),
      behaviorRejected: columns['referenceRejected'] ?? sums(columns['referenceRejectedTokens']),
    };
    const implied = await outcomeOf(objective, without as Rows<B>);
    const given = await outcomeOf(objective, explicit as Rows<B>);
    requireClose('without behavior log-probabilities, the loss', implied.losses, given.losses, 0);
  });
}

function sums(tokens: Column = []): number[] {
  return tokens.map((cell) => [cell].flat().reduce((sum, value) => sum + value, 0));
}
