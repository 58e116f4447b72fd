import { hold, trials } from '../hold.js';
import { type Column, countOf, lossGradient, type Rows } from '../rows.js';
import { requireThat, type Subject, shown } from '../subject.js';

const SUMS = ['policyChosen', 'policyRejected'] as const;
const TOKENS = ['policyChosenTokens', 'policyRejectedTokens'] as const;

type Columns = Readonly<Record<string, Column | undefined>>;

/**
 * ∂ℓ/∂log π_θ(y_w) ≤ 0 ≤ ∂ℓ/∂log π_θ(y_l) for pairs that the policy has yet to learn.
 *
 * Those are pairs at the reference, where training starts, and on the wrong side of it: the policy finds the chosen response no
 * likelier than the reference does, nor than the rejected one, and the rejected one no less likely than the reference does.
 * Beyond a margin that they aim for, squared and smoothed losses rightly turn back.
 */
export async function signs<O, B>(subject: Subject<O, B>): Promise<void> {
  if ('label' in subject.description) return signsOfLabels(subject);
  const [ofChosen, ofRejected] = 'policyChosenTokens' in subject.description ? TOKENS : SUMS;
  if (!(ofChosen in subject.description && ofRejected in subject.description)) return;
  const unlearned = trials(subject).map(({ options, rows }) => ({ options, rows: unlearn(rows) }));
  await hold(unlearned, subject.parameters, async ({ options, rows }) => {
    const ones = new Array<number>(countOf(rows)).fill(1);
    const gradient = await lossGradient(subject.factory(options), rows, ones);
    for (const row of ones.keys()) {
      // Of tokens, the one that is furthest on the wrong side.
      const chosen = Math.max(...[gradient[ofChosen]?.[row] ?? 0].flat());
      const rejected = Math.min(...[gradient[ofRejected]?.[row] ?? 0].flat());
      const rounding = 1e-5 * Math.max(Math.abs(chosen), Math.abs(rejected));
      const remedy = 'is a sign flipped, or are the two responses swapped?';
      requireThat(
        chosen <= rounding,
        () =>
          `the loss rises with the chosen response: its gradient by ${ofChosen} is ${shown(chosen)} in row ${row}, expected ≤ 0 ` +
          `for a pair that the policy has yet to learn; ${remedy}`,
      );
      requireThat(
        rejected >= -rounding,
        () =>
          `the loss falls with the rejected response: its gradient by ${ofRejected} is ${shown(rejected)} in row ${row}, expected ` +
          `≥ 0 for a pair that the policy has yet to learn; ${remedy}`,
      );
    }
  });
}

/** Moves the policy to the reference, or beyond it to the wrong side; lengths become equal, so that they favor neither. */
function unlearn<B>(rows: Rows<B>): Rows<B> {
  const columns = rows as Columns;
  if (columns['policyChosenTokens']) return unlearnTokens(columns) as Rows<B>;
  const numbers = (field: string): readonly number[] | undefined =>
    columns[field] as readonly number[] | undefined;
  const at = (field: string, row: number, otherwise: number): number => numbers(field)?.[row] ?? otherwise;
  const policyChosen = numbers('policyChosen')?.map((value, row) =>
    Math.min(value, at('referenceChosen', row, value)),
  );
  const policyRejected = numbers('policyRejected')?.map((value, row) =>
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

/** The same token by token; the rejected response gets as many tokens as the chosen one. */
function unlearnTokens(columns: Columns): Columns {
  const cells = (field: string): (readonly number[])[] => (columns[field] ?? []).map((cell) => [cell].flat());
  const [chosen, rejected] = [cells('policyChosenTokens'), cells('policyRejectedTokens')];
  const [ofChosen, ofRejected] = [cells('referenceChosenTokens'), cells('referenceRejectedTokens')];
  const behavior = cells('behaviorRejectedTokens');
  const policyChosenTokens = chosen.map((tokens, row) =>
    tokens.map((value, place) => Math.min(value, ofChosen[row]?.[place] ?? value)),
  );
  const asLong = (given: readonly (readonly number[])[]): number[][] =>
    policyChosenTokens.map((tokens, row) => tokens.map((value, place) => given[row]?.[place] ?? value));
  const referenceRejectedTokens = asLong(ofRejected);
  const policyRejectedTokens = policyChosenTokens.map((tokens, row) =>
    tokens.map((value, place) =>
      Math.max(
        value,
        rejected[row]?.[place] ?? value,
        ofRejected.length > 0 ? (referenceRejectedTokens[row]?.[place] ?? value) : value,
      ),
    ),
  );
  return {
    ...columns,
    policyChosenTokens,
    policyRejectedTokens,
    ...(ofRejected.length > 0 && { referenceRejectedTokens }),
    ...(behavior.length > 0 && { behaviorRejectedTokens: asLong(behavior) }),
  };
}

/** ∂ℓ/∂log π_θ(y) ≤ 0 for a desirable response, and ≥ 0 for an undesirable one, wherever the policy is. */
async function signsOfLabels<O, B>(subject: Subject<O, B>): Promise<void> {
  const field = 'policyTokens' in subject.description ? 'policyTokens' : 'policy';
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const ones = new Array<number>(countOf(rows)).fill(1);
    const gradient = await lossGradient(subject.factory(options), rows, ones);
    const labels = (rows as Columns)['label'] ?? [];
    for (const [row, label] of labels.entries()) {
      const values = [gradient[field]?.[row] ?? 0].flat();
      const wrong = values.find((value) => (label === 1 ? value > 1e-7 : value < -1e-7));
      requireThat(
        wrong === undefined,
        () =>
          `the loss ${label === 1 ? 'rises with a desirable' : 'falls with an undesirable'} response: its gradient by ${field} is ` +
          `${shown(wrong ?? 0)} in row ${row}, expected ${label === 1 ? '≤' : '≥'} 0; is a sign flipped, or a label read the wrong way round?`,
      );
    }
  });
}
