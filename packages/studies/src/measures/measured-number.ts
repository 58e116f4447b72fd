import type { SeedsEstimate } from '@ais/gold-eval';
import { decimal, percent, percentagePoints } from '../report/number-format.js';
import type { Estimate } from './point-estimates.js';

/** How a number is written: win-rate differences in points, KL in nats, shares in percent. */
export type Unit = 'points' | 'share' | 'share of training' | 'square root of nats' | 'tokens' | 'number';

/** One number that a claim is judged by. */
export interface MeasuredNumber extends Estimate {
  /** What it is, in words that a sentence can begin with. */
  readonly name: string;
  readonly unit: Unit;
  /**
   * What its interval covers. `everything` if it has no sampling error; `nothing` if there is no interval, and `choice`
   * where in addition it is the place of a maximum: noisy, and to be judged by the differences at that place.
   */
  readonly covers: 'seeds and prompts' | 'seeds' | 'prompts' | 'everything' | 'nothing' | 'choice';
  /** Confidence of the interval. */
  readonly confidence?: number;
  /** How the interval was made. */
  readonly method?: string;
  /** It is measured from a maximum of noisy values; the interval allows for it, and no built-in claim rests on it. */
  readonly picked?: true;
}

/** A number from its estimate over seeds. */
export function measured(
  name: string,
  unit: Unit,
  estimate: SeedsEstimate,
  how: string = 'over seeds and prompts, t with Welch and Satterthwaite’s degrees of freedom',
): MeasuredNumber {
  const { value, low, high, covers, confidence, perSeed } = estimate;
  return {
    name,
    unit,
    value,
    low,
    high,
    covers,
    confidence,
    method: covers === 'prompts' ? 'over the prompts of one seed' : `${how}, ${perSeed.length} seeds`,
  };
}

/** An estimate of a share, with the ends of its interval where a share can be: from 0 to 1. */
export function withinShares(estimate: SeedsEstimate): SeedsEstimate {
  return { ...estimate, low: Math.max(0, estimate.low), high: Math.min(1, estimate.high) };
}

/** A number from the seeds alone, which has an interval only where there are several. */
export function measuredOverSeeds(name: string, unit: Unit, estimate: SeedsEstimate): MeasuredNumber {
  if (estimate.perSeed.length > 1)
    return { ...measured(name, unit, estimate, 'over seeds, t'), covers: 'seeds' };
  const { value } = estimate;
  return { name, unit, value, low: value, high: value, covers: 'nothing' };
}

/** A number without sampling error. */
export function exactly(name: string, unit: Unit, value: number): MeasuredNumber {
  return { name, unit, value, low: value, high: value, covers: 'everything' };
}

/** One draw of a random number, whose spread is not known. */
export function drawn(name: string, value: number): MeasuredNumber {
  return { ...exactly(name, 'number', value), covers: 'nothing' };
}

/** The place of the largest or smallest of noisy values, such as that of a peak on the mean curve. */
export function chosen(name: string, unit: Unit, value: number): MeasuredNumber {
  return { ...exactly(name, unit, value), covers: 'choice' };
}

/** A value as text in its unit. */
function inUnit(value: number, unit: Unit): string {
  switch (unit) {
    case 'points':
      return `${percentagePoints(value)} points`;
    case 'share':
      return percent(value, 0);
    case 'share of training':
      return `${percent(value, 0)} of training`;
    case 'square root of nats':
      return `${decimal(value)} √nats`;
    case 'tokens':
      return `${decimal(value, 1)} tokens`;
    case 'number':
      return decimal(value);
  }
}

/** A bound as text: `+10 points`, without decimals that say nothing. */
export function boundInUnit(value: number, unit: Unit): string {
  return inUnit(value, unit).replace(/\.0+(?=\D|$)/, '');
}

/** A confidence as text: `95 %`, `98.3 %`. */
export function confidenceText(confidence: number): string {
  return percent(confidence, 1).replace('.0', '');
}

/** The number with its interval: `+12.3 points (95 % interval +8.1 to +16.4)`. */
export function numberText(number: MeasuredNumber): string {
  const ends = [number.value, number.low, number.high];
  // An end just below 100 % must not read as if it were that.
  const isNearWhole =
    number.unit === 'share' && ends.some((end) => end !== 1 && percent(end, 0) === percent(1, 0));
  const text = (value: number): string => (isNearWhole ? percent(value, 1) : inUnit(value, number.unit));
  const value = text(number.value);
  if (!hasInterval(number)) return value;
  const bare = (end: number): string => text(end).replace(/ (points|√nats|tokens|of training)$/, '');
  const { confidence = 0.95 } = number;
  return `${value} (${confidenceText(confidence)} interval ${bare(number.low)} to ${bare(number.high)})`;
}

export function hasInterval({ covers }: MeasuredNumber): boolean {
  return covers !== 'everything' && covers !== 'nothing' && covers !== 'choice';
}
