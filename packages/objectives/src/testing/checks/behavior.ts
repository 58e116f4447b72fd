import { hold, trials } from '../hold.js';
import { type Column, fieldsOf, outcomeWithGradient, type Rows, readable } from '../rows.js';
import { requireClose, type Subject } from '../subject.js';

/** Without the behavior policy's log-probabilities, the reference's take their place. */
export async function behavior<O, B>(subject: Subject<O, B>): Promise<void> {
  const suffix = ['', 'Tokens'].find((end) =>
    fieldsOf(subject.description).some(([field]) => field === `behaviorChosen${end}`),
  );
  if (suffix === undefined) return;
  const [chosen, rejected] = [`behaviorChosen${suffix}`, `behaviorRejected${suffix}`];
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const columns = rows as Record<string, Column | undefined>;
    const { [chosen]: _chosen, [rejected]: _rejected, ...without } = columns;
    const explicit = {
      ...without,
      [chosen]: columns[`referenceChosen${suffix}`],
      [rejected]: columns[`referenceRejected${suffix}`],
    };
    const observe = async (given: Rows<B>): Promise<Record<string, Column>> => {
      const { outcome, gradient } = await outcomeWithGradient(objective, given);
      return readable({ losses: outcome.losses, metrics: {} }, gradient);
    };
    const implied = await observe(without as Rows<B>);
    const given = await observe(explicit as Rows<B>);
    for (const [name, values] of Object.entries(implied)) {
      requireClose(`without behavior log-probabilities, ${name}`, values, given[name] ?? [], 0);
    }
  });
}
