import type { ClaimVerdict } from '../study/study-data.js';
import { boundInUnit, hasInterval, type MeasuredNumber, numberText } from './measured-number.js';

/** What a number has to show with its whole 95 % interval. */
export interface Bound {
  /** Key of the number among those measured. */
  readonly of: string;
  readonly above?: number;
  readonly below?: number;
}

/** When a claim holds, decided before anything is measured. */
export interface Criterion {
  /** All of these must be shown for the claim to hold. */
  readonly holds: readonly Bound[];
  /** One of these must be shown for it to hold in part. */
  readonly inPart: readonly Bound[];
}

export interface Decision {
  readonly verdict: ClaimVerdict;
  /**
   * Whether the numbers decide it: the claim holds, or one of its bounds is contradicted. Where not, intervals reach
   * across, and more seeds could still make it hold.
   */
  readonly settled: boolean;
  /** Which numbers decide, and why. */
  readonly reason: string;
}

export type Numbers = Readonly<Record<string, MeasuredNumber>>;

/**
 * The verdict that the numbers give: `holds` where every bound of `holds` is shown, `holds in part` where at least one of
 * `inPart` is, else `does not hold`.
 *
 * A bound is shown where the whole 95 % interval lies on its side; an interval that reaches across shows nothing, so too
 * few data never make a claim hold. Where a deciding number does not cover the luck of training, as with one seed, a
 * claim holds in part at most.
 */
export function decide(numbers: Numbers, { holds, inPart }: Criterion): Decision {
  const judged = holds.map((bound) => judge(numbers, bound));
  if (judged.every(({ shown }) => shown)) {
    if (judged.every(({ number }) => coversLuck(number)))
      return { verdict: 'holds', settled: true, reason: sentence(judged) };
    return {
      verdict: 'holds in part',
      settled: false,
      reason: `${sentence(judged)} One seed cannot tell this from the luck of training.`,
    };
  }
  const partial = inPart.map((bound) => judge(numbers, bound));
  const repeated = (bound: Bound): boolean => holds.some((other) => same(other, bound));
  return {
    verdict: partial.some(({ shown }) => shown) ? 'holds in part' : 'does not hold',
    settled: judged.some(({ number, contradicted }) => contradicted && coversLuck(number)),
    reason: sentence([...judged, ...partial.filter(({ bound }) => !repeated(bound))]),
  };
}

interface Judged {
  readonly bound: Bound;
  readonly number: MeasuredNumber;
  /** The whole interval is on the bound's side. */
  readonly shown: boolean;
  /** The whole interval is on the other side. */
  readonly contradicted: boolean;
}

function judge(numbers: Numbers, bound: Bound): Judged {
  const number = numbers[bound.of];
  if (!number) throw new TypeError(`a criterion asks for the number "${bound.of}", which was not measured.`);
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = bound;
  return {
    bound,
    number,
    shown: number.low > above && number.high < below,
    contradicted:
      number.covers !== 'nothing' &&
      number.covers !== 'choice' &&
      (number.high <= above || number.low >= below),
  };
}

/** Whether a number's interval has the luck of training in it, or it needs none. */
function coversLuck({ covers }: MeasuredNumber): boolean {
  return covers !== 'prompts' && covers !== 'nothing';
}

function same(first: Bound, second: Bound): boolean {
  return first.of === second.of && first.above === second.above && first.below === second.below;
}

function sentence(judged: readonly Judged[]): string {
  const names = new Set<string>();
  const parts = judged.map(({ bound, number, shown, contradicted }) => {
    const value = names.has(number.name) ? 'it' : `${number.name} is ${numberText(number)}`;
    const link = names.has(number.name) ? ' is ' : ', ';
    names.add(number.name);
    const unlike = contradicted ? 'shown not to be ' : 'not shown to be ';
    const not = shown ? '' : hasInterval(number) ? unlike : 'not ';
    return `${value}${link}${not}${boundText(bound, number)}`;
  });
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** `above +10.0 points`, in the unit of the number. */
export function boundText({ above, below }: Bound, { unit }: Pick<MeasuredNumber, 'unit'>): string {
  return [
    ...(above === undefined ? [] : [`above ${boundInUnit(above, unit)}`]),
    ...(below === undefined ? [] : [`below ${boundInUnit(below, unit)}`]),
  ].join(' and ');
}

/** The criterion in words, for readers who want to know what was decided beforehand. */
export function criterionText(numbers: Numbers, { holds, inPart }: Criterion): string {
  const each = (bounds: readonly Bound[], link: string): string =>
    bounds
      .flatMap((bound) => {
        const number = numbers[bound.of];
        return number ? [`${number.name} is ${boundText(bound, number)}`] : [];
      })
      .join(link);
  const part = inPart.length > 0 ? `; in part if ${each(inPart, ', or ')}` : '';
  return `Holds if ${each(holds, ', and ')}${part}; each with its whole 95 % interval.`;
}
