import type { ClaimVerdict } from '../data/study-data.js';
import { boundInUnit, hasInterval, type MeasuredNumber, numberText } from '../measures/measured-number.js';

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
  /** Whether more seeds can change the verdict no more: what it rests on is shown, and what it denies contradicted. */
  readonly settled: boolean;
  /** Whether one of the bounds of `holds` is contradicted: the claim cannot hold as it is stated, in part perhaps. */
  readonly contradicted: boolean;
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
  const partial = inPart.map((bound) => judge(numbers, bound));
  const contradicted = judged.some(isContradicted);
  const lucky = [...judged, ...partial].some(({ number }) => !coversLuck(number));
  const luck = lucky ? ' One seed cannot tell this from the luck of training.' : '';
  if (judged.every(({ shown }) => shown)) {
    const covered = judged.every(({ number }) => coversLuck(number));
    const reason = `${sentence(judged)}${covered ? '' : luck}`;
    return { verdict: covered ? 'holds' : 'holds in part', settled: covered, contradicted, reason };
  }
  const isRepeated = ({ bound }: Judged): boolean => holds.some((other) => same(other, bound));
  const reason = `${sentence([...judged, ...partial.filter((one) => !isRepeated(one))])}${luck}`;
  if (partial.some(({ shown }) => shown)) {
    const covered = partial.some(({ shown, number }) => shown && coversLuck(number));
    return { verdict: 'holds in part', settled: contradicted && covered, contradicted, reason };
  }
  const settled = contradicted && partial.every(isContradicted);
  return { verdict: 'does not hold', settled, contradicted, reason };
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

/** Whether a number says, the luck of training included, that its bound is not met. */
function isContradicted({ number, contradicted }: Judged): boolean {
  return contradicted && coversLuck(number);
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

/** `above +10 points`, or `between −5 points and +5 points`, in the unit of the number. */
export function boundText({ above, below }: Bound, { unit }: Pick<MeasuredNumber, 'unit'>): string {
  if (above !== undefined && below !== undefined)
    return `between ${boundInUnit(above, unit)} and ${boundInUnit(below, unit)}`;
  if (above !== undefined) return `above ${boundInUnit(above, unit)}`;
  return below === undefined ? '' : `below ${boundInUnit(below, unit)}`;
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
