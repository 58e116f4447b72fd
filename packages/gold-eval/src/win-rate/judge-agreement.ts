import { GoldEvalError } from '../errors.js';
import { normalQuantile } from '../statistics/normal-distribution.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';

/** Options of `judgeAgreement`. */
export interface JudgeAgreementOptions {
  /** Confidence of both intervals; 0.95 by default. */
  readonly confidence?: number;
  /**
   * Whether it is arbitrary which response of a pair comes first, as in data of chosen and rejected responses: κ then counts
   * each pair both ways round. False by default: the first responses are one policy's.
   */
  readonly exchangeable?: boolean;
}

/** How well a judge's outcomes agree with labels that are taken as the truth. */
export interface JudgeAgreement {
  /** Mean agreement: 1 for the same outcome, ½ if one side says tie and the other does not, 0 for opposite ones. */
  readonly accuracy: number;
  /** Wilson interval of the accuracy. */
  readonly low: number;
  readonly high: number;
  /** Cohen's κ over the three outcomes: 0 is chance, 1 is perfect; NaN if both sides always say the same one thing. */
  readonly kappa: number;
  readonly kappaLow: number;
  readonly kappaHigh: number;
  /** How often the judge says tie, and the labels do. */
  readonly judgeTies: number;
  readonly labelTies: number;
  readonly n: number;
}

const OUTCOMES: readonly number[] = [0, 0.5, 1];

/**
 * How far a judge agrees with held-out labels, by people or by a gold reward model, of the same pairs.
 *
 * accuracy = (1/n)·Σ_i (1 − |outcome_i − label_i|). κ = (p_o − p_e)/(1 − p_e), p_o the share of equal outcomes and p_e the share
 * that chance would give to the same margins, over the outcomes 0, ½, and 1; its interval is κ ± z·SE with the large-sample SE.
 *
 * A win rate by a judge that agrees with no one says nothing: report this beside it. Outcomes of a pointwise judge come from
 * `pairOutcomes`.
 *
 * Gotcha: in data of chosen and rejected responses all labels are 1, which chance gets right too, so that κ is 0 for every
 * judge unless pairs are `exchangeable`.
 *
 * @param outcomes [n], the judge's: 1 if the first response is better, ½ for a tie, 0 if the second is
 * @param labels [n], the labels of the same pairs, in the same order
 * @throws {GoldEvalError} `invalid-lengths` if there is no pair or the lengths differ, `invalid-value` for an outcome other than
 *   1, ½, or 0, `invalid-option` for a bad confidence, or if `exchangeable` is not true or false
 * @example
 * const { accuracy, kappa } = judgeAgreement([1, 1, 0, 0.5], [1, 0, 0, 0.5]);
 * console.log(accuracy, kappa.toFixed(2)); // 0.75 0.64
 * @see J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960);
 *   J. L. Fleiss, J. Cohen, B. S. Everitt, "Large sample standard errors of kappa and weighted kappa", Psychological Bulletin 72
 *   (1969)
 */
export function judgeAgreement(
  outcomes: ArrayLike<number>,
  labels: ArrayLike<number>,
  { confidence = 0.95, exchangeable = false }: JudgeAgreementOptions = {},
): JudgeAgreement {
  const n = outcomes.length;
  if (n === 0 || labels?.length !== n) {
    throw new GoldEvalError(
      'invalid-lengths',
      `expected one outcome and one label per pair, got ${n} outcomes and ${labels?.length ?? 'no'} labels.`,
    );
  }
  if (typeof exchangeable !== 'boolean') {
    throw new GoldEvalError(
      'invalid-option',
      `exchangeable must be true or false, got ${JSON.stringify(exchangeable)}.`,
    );
  }
  const table = Array.from({ length: 3 }, () => [0, 0, 0]);
  let agreement = 0;
  for (const [index, outcome] of Array.from(outcomes).entries()) {
    const label = labels[index] ?? Number.NaN;
    if (!OUTCOMES.includes(outcome) || !OUTCOMES.includes(label)) {
      throw new GoldEvalError(
        'invalid-value',
        `the outcome and the label of pair ${index} must be 1, ½, or 0, got ${outcome} and ${label}.`,
      );
    }
    count(table, 2 * outcome, 2 * label, exchangeable ? 0.5 : 1);
    if (exchangeable) count(table, 2 - 2 * outcome, 2 - 2 * label, 0.5);
    agreement += 1 - Math.abs(outcome - label);
  }
  const { kappa, standardError } = cohenKappa(table, n);
  const half = normalQuantile(confidence) * standardError;
  const ties = (values: ArrayLike<number>): number =>
    Array.from(values).filter((value) => value === 0.5).length;
  return {
    accuracy: agreement / n,
    ...wilsonInterval(agreement, n, confidence),
    kappa,
    kappaLow: kappa - half,
    kappaHigh: kappa + half,
    judgeTies: ties(outcomes),
    labelTies: ties(labels),
    n,
  };
}

function count(table: readonly number[][], row: number, column: number, pairs: number): void {
  const cells = table[row];
  if (cells) cells[column] = (cells[column] ?? 0) + pairs;
}

/**
 * κ of a square table of n pairs, with its standard error for κ ≠ 0: equation 13 of Fleiss, Cohen, and Everitt.
 *
 * Whole and half numbers add up exactly, so that the shares of a table with one filled cell are exactly 1, and κ is 0/0.
 */
function cohenKappa(
  table: readonly (readonly number[])[],
  n: number,
): { readonly kappa: number; readonly standardError: number } {
  const at = (values: readonly number[], index: number): number => values[index] ?? 0;
  const rows = table.map((row) => row.reduce((sum, pairs) => sum + pairs, 0) / n);
  const columns = rows.map((_, column) => table.reduce((sum, row) => sum + at(row, column), 0) / n);
  const observed = table.reduce((sum, row, index) => sum + at(row, index), 0) / n;
  const expected = rows.reduce((sum, row, index) => sum + row * at(columns, index), 0);
  const kappa = (observed - expected) / (1 - expected);
  let variance = -((kappa - expected * (1 - kappa)) ** 2);
  for (const [row, cells] of table.entries()) {
    for (const [column, pairs] of cells.entries()) {
      // Row totals go with columns and column totals with rows, as the paper has them.
      const margin = (at(columns, row) + at(rows, column)) * (1 - kappa);
      variance += (pairs / n) * (row === column ? (1 - margin) ** 2 : margin ** 2);
    }
  }
  return { kappa, standardError: Math.sqrt(Math.max(0, variance) / n) / (1 - expected) };
}
