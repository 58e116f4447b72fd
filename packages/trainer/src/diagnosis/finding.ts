import type { Change, Level } from './change.js';
import type { RunSeries } from './run-series.js';

/** What a finding is about. */
export type FindingCode =
  | 'both-fall'
  | 'chosen-rises'
  | 'rewards-within-noise'
  | 'likelihood-displacement'
  | 'prefers-rejected'
  | 'reference-is-not-the-start'
  | 'nothing-is-learned'
  | 'hardly-moves'
  | 'overfitting'
  | 'over-optimization'
  | 'win-rate-falls'
  | 'longer-responses'
  | 'shorter-responses'
  | 'empty-responses'
  | 'few-pairs-carry-the-weight'
  | 'step-size-changed'
  | 'skipped-steps'
  | 'gradient-spikes'
  | 'loss-rises';

/** What a rule saw. */
export interface Evidence {
  /** The step by which it shows. */
  readonly step: number;
  /** The numbers, a sentence each. */
  readonly shows: readonly string[];
}

/** Something that a run's metrics say, in words. */
export interface Finding {
  readonly code: FindingCode;
  /** `normal`: nothing to worry about; `watch`: look closer; `problem`: change something. */
  readonly level: 'normal' | 'watch' | 'problem';
  readonly title: string;
  readonly step: number;
  readonly evidence: readonly string[];
  /** What it means. */
  readonly meaning: string;
  /** What to try, the most promising first. */
  readonly advice: readonly string[];
}

/** How one finding is made. */
export interface Rule extends Omit<Finding, 'step' | 'evidence'> {
  /** When a run warns of it: as soon as an evaluation shows it, or at its end; never where steps are watched for it already. */
  readonly warns: 'early' | 'at the end' | 'never';
  /** @returns the evidence, or nothing if the run does not show it */
  readonly evidence: (run: RunSeries) => Evidence | undefined;
}

/** A number with three digits. */
export function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Two levels in words; ± is two standard errors. */
export function moved(
  name: string,
  { before, after, direction }: Change,
  show: (value: number) => string = number,
): string {
  const verb = { up: 'rose', down: 'fell', 'within noise': 'went' }[direction];
  const verdict = direction === 'within noise' ? ', which is within noise' : '';
  return `${name} ${verb} from ${level(before, show)} to ${level(after, show)}${verdict}.`;
}

/** A level in words. */
export function level(
  { mean, standardError, from, to }: Level,
  show: (value: number) => string = number,
): string {
  const steps = from === to ? `step ${from}` : `steps ${from}–${to}`;
  const error = standardError > 0 ? ` ± ${show(2 * standardError)}` : '';
  return `${show(mean)}${error} (${steps})`;
}
