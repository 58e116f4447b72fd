import { hold, trials } from '../hold.js';
import { countOf, outcomeWithGradient, pick } from '../rows.js';
import { isClose, requireThat, type Subject, shown } from '../subject.js';

const REMEDY = 'depend on the whole batch, declare requires.wholeBatch';

/**
 * Other rows in the batch (padding among them) change neither the loss of a row nor its gradient, unless `requires.wholeBatch` says
 * that they do.
 */
export async function independence<O, B>(subject: Subject<O, B>): Promise<void> {
  await hold(trials(subject, { minimum: 2 }), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    if (objective.requires.wholeBatch) return;
    const together = await outcomeWithGradient(objective, rows);
    const { losses } = together.outcome;
    // A loss that is not one per row breaks the law of shape, which says so.
    if (losses.length !== countOf(rows)) return;
    for (const [index, beside] of losses.entries()) {
      const single = await outcomeWithGradient(objective, pick(rows, [index]));
      const [alone] = single.outcome.losses as [number];
      requireThat(
        isClose(alone, beside, 1e-6, 1e-6),
        () =>
          `the loss of row ${index} is ${shown(alone)} alone and ${shown(beside)} beside the others; if losses ${REMEDY}`,
      );
      for (const [field, [cell = 0]] of Object.entries(single.gradient)) {
        const others = [together.gradient[field]?.[index] ?? 0].flat();
        for (const [place, value] of [cell].flat().entries()) {
          const other = others[place] ?? 0;
          requireThat(
            isClose(value, other, 1e-4, 1e-6),
            () =>
              `the gradient of ${field} in row ${index} is ${shown(value)} alone and ${shown(other)} beside the others; if gradients ` +
              REMEDY,
          );
        }
      }
    }
  });
}
