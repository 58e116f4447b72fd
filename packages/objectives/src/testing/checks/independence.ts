import { hold, trials } from '../hold.js';
import { countOf, outcomeOf, pick } from '../rows.js';
import { isClose, requireThat, type Subject, shown } from '../subject.js';

/** Other rows in the batch (padding among them) change no row's loss, unless `requires.wholeBatch` says that they do. */
export async function independence<O, B>(subject: Subject<O, B>): Promise<void> {
  await hold(trials(subject, { minimum: 2 }), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    if (objective.requires.wholeBatch) return;
    const together = await outcomeOf(objective, rows);
    // A loss that is not one per row breaks the law of shape, which says so.
    if (together.losses.length !== countOf(rows)) return;
    for (let index = 0; index < countOf(rows); index += 1) {
      const [alone] = (await outcomeOf(objective, pick(rows, [index]))).losses as [number];
      const beside = together.losses[index] as number;
      requireThat(
        isClose(alone, beside, 1e-6, 1e-6),
        () =>
          `the loss of row ${index} is ${shown(alone)} alone and ${shown(beside)} beside the others; ` +
          'if losses depend on the whole batch, declare requires.wholeBatch',
      );
    }
  });
}
