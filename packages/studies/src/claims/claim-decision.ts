import type { ClaimVerdict } from '../data/study-data.js';
import {
  boundInUnit,
  confidenceText,
  hasInterval,
  type MeasuredNumber,
  numberText,
} from '../measures/measured-number.js';

/** What a number has to show with its whole interval: above one value, below another, or between the two. */
export interface Bound {
  readonly above?: number;
  readonly below?: number;
}

export interface Decision {
  readonly verdict: ClaimVerdict;
  /** The number, and why it gives this verdict. */
  readonly reason: string;
}

/** Two methods whose win rates differ by less than this count as equivalent. */
export const equivalenceMargin = 0.02;

/**
 * The verdict that a number gives.
 *
 * `shown` where its whole interval lies on the bound's side, `refuted` where it lies on the other, `equivalent` where a
 * difference that should be above or below 0 is shown to be within ±{@link equivalenceMargin}, and `open` otherwise: too few
 * data never decide. Where the interval does not cover the luck of training, as with one seed, a claim stays open.
 *
 * @throws {TypeError} for the place of a maximum of noisy values, which decides nothing
 */
export function decide(number: MeasuredNumber, bound: Bound): Decision {
  if (number.covers === 'choice') {
    throw new TypeError(
      `"${number.name}" is the place of a maximum: a claim needs a difference between places.`,
    );
  }
  const verdict = standing(number, bound);
  const sentence = `${numberText(number)}${explanation(number, bound, verdict)}`;
  const decided = coversLuck(number) ? verdict : 'open';
  const luck = decided === verdict ? '' : ' One seed cannot tell this from the luck of training.';
  return { verdict: decided, reason: `${capitalized(number.name)} is ${sentence}.${luck}` };
}

function standing({ low, high, unit }: MeasuredNumber, bound: Bound): ClaimVerdict {
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = bound;
  if (low > above && high < below) return 'shown';
  if (high <= above || low >= below) return 'refuted';
  const isNear = low >= -equivalenceMargin && high <= equivalenceMargin;
  return unit === 'points' && asksForDirection(bound) && isNear ? 'equivalent' : 'open';
}

/** Whether a bound asks which of two is larger. */
function asksForDirection({ above, below }: Bound): boolean {
  return (above === 0 && below === undefined) || (below === 0 && above === undefined);
}

/** Whether a number's interval has the luck of training in it, or it needs none. */
function coversLuck({ covers }: MeasuredNumber): boolean {
  return covers !== 'prompts' && covers !== 'nothing';
}

function explanation(number: MeasuredNumber, bound: Bound, verdict: ClaimVerdict): string {
  const text = boundText(bound, number);
  switch (verdict) {
    case 'shown':
      return `: ${text}`;
    case 'refuted':
      return `: not ${text}`;
    case 'equivalent':
      return `: no difference larger than ${marginText()}`;
    case 'open':
      return hasInterval(number) ? `: it may or may not be ${text}` : '';
  }
}

/** `above +10 points`, or `between −5 points and +5 points`, in the unit of the number. */
function boundText({ above, below }: Bound, { unit }: Pick<MeasuredNumber, 'unit'>): string {
  if (above !== undefined && below !== undefined)
    return `between ${boundInUnit(above, unit)} and ${boundInUnit(below, unit)}`;
  if (above !== undefined) return `above ${boundInUnit(above, unit)}`;
  return below === undefined ? '' : `below ${boundInUnit(below, unit)}`;
}

/** What was decided beforehand, in words. */
export function criterionText(number: MeasuredNumber, bound: Bound): string {
  const { name, unit, confidence } = number;
  const equivalent =
    unit === 'points' && asksForDirection(bound) ? `; equivalent if it lies within ±${marginText()}` : '';
  const range = boundText(bound, number);
  const isOneRun = !coversLuck(number);
  if (!hasInterval(number) && !isOneRun) return `Shown if ${name} is ${range}, refuted if it is not.`;
  const interval = isOneRun ? 'interval over seeds' : `${confidenceText(confidence ?? 0.95)} interval`;
  return (
    `Shown if the whole ${interval} of ${name} is ${range}; ` +
    `refuted if that whole interval is outside this range${equivalent}; otherwise open${isOneRun ? ', as with one seed' : ''}.`
  );
}

function marginText(): string {
  return `${100 * equivalenceMargin} points`;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
