import { hold, trials } from '../hold.js';
import { countOf, lossGradient, type Rows } from '../rows.js';
import { requireThat, type Subject, shown } from '../subject.js';

type Columns = Readonly<Record<string, readonly number[]>>;

/**
 * ∂ℓ/∂log π_θ(y_w) ≤ 0 ≤ ∂ℓ/∂log π_θ(y_l) for pairs that the policy has yet to learn.
 *
 * Those are pairs at the reference, where training starts, and on the wrong side of it: the policy finds the chosen response no
 * likelier than the reference does, nor than the rejected one, and the rejected one no less likely than the reference does.
 * Beyond a margin that they aim for, squared and smoothed losses rightly turn back.
 */
export async function signs<O, B>(subject: Subject<O, B>): Promise<void> {
  if (!('policyChosen' in subject.description && 'policyRejected' in subject.description)) return;
  const unlearned = trials(subject).map(({ options, rows }) => ({ options, rows: unlearn(rows) }));
  await hold(unlearned, subject.parameters, async ({ options, rows }) => {
    const ones = new Array<number>(countOf(rows)).fill(1);
    const gradient = await lossGradient(subject.factory(options), rows, ones);
    for (const row of ones.keys()) {
      const chosen = gradient['policyChosen']?.[row] ?? 0;
      const rejected = gradient['policyRejected']?.[row] ?? 0;
      const rounding = 1e-5 * Math.max(Math.abs(chosen), Math.abs(rejected));
      const remedy = 'is a sign flipped, or are the two responses swapped?';
      requireThat(
        chosen <= rounding,
        () =>
          `the loss rises with the chosen response: its gradient by policyChosen is ${shown(chosen)} in row ${row}, expected ≤ 0 ` +
          `for a pair that the policy has yet to learn; ${remedy}`,
      );
      requireThat(
        rejected >= -rounding,
        () =>
          `the loss falls with the rejected response: its gradient by policyRejected is ${shown(rejected)} in row ${row}, expected ` +
          `≥ 0 for a pair that the policy has yet to learn; ${remedy}`,
      );
    }
  });
}

/** Moves the policy to the reference, or beyond it to the wrong side; lengths become equal, so that they favor neither. */
function unlearn<B>(rows: Rows<B>): Rows<B> {
  const columns = rows as Columns;
  const at = (field: string, row: number, otherwise: number): number => columns[field]?.[row] ?? otherwise;
  const policyChosen = columns['policyChosen']?.map((value, row) =>
    Math.min(value, at('referenceChosen', row, value)),
  );
  const policyRejected = columns['policyRejected']?.map((value, row) =>
    Math.max(value, at('referenceRejected', row, value), policyChosen?.[row] ?? value),
  );
  const { chosenLength, rejectedLength } = columns;
  return {
    ...columns,
    policyChosen,
    policyRejected,
    ...(rejectedLength && { rejectedLength: chosenLength ?? rejectedLength }),
  } as Rows<B>;
}
