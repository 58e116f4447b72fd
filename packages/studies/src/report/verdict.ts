import { type ComparisonAtKl, compareAtKl, comparePolicies } from '@ais/gold-eval';
import type { DemoReportData } from './demo-report-data.js';
import { type MethodResult, methodResults } from './method-result.js';
import { decimal, percent, percentagePoints, pValue } from './number-format.js';

/** Whether one end is above another: by more than the 95 % interval of the difference leaves open, or not. */
export type Standing = 'higher' | 'lower' | 'alike';

export interface Verdict {
  /** The result in one line. */
  readonly headline: string;
  /** The sentences that the headline rests on, each with its numbers. */
  readonly sentences: readonly string[];
  /** Where the best adaptive method ended against the best other one; undefined where only one kind was run. */
  readonly standing: Standing | undefined;
}

/**
 * What a demo run shows, in words that follow from its numbers and from nothing else.
 *
 * The best adaptive and the best other method, by win rate at the end, are compared at the end of the epoch and at
 * the largest √KL that both reached; each method's fall from its peak is tested; KL is compared. Above or below is
 * said only where the 95 % interval of the difference excludes 0: paired over prompts where outcomes were kept,
 * else of independent samples.
 */
export function verdict(data: DemoReportData): Verdict {
  const results = methodResults(data);
  const adaptive = best(results.filter((result) => result.adaptive));
  const other = best(results.filter((result) => !result.adaptive));
  const sentences: string[] = [];
  let headline: string;
  let standing: Standing | undefined;
  if (adaptive && other) {
    const end = compareEnds(adaptive, other);
    standing = end.low > 0 ? 'higher' : end.high < 0 ? 'lower' : 'alike';
    headline = {
      higher: `${adaptive.name} ended higher than ${other.name}`,
      lower: `${adaptive.name} ended lower than ${other.name}`,
      alike: `${adaptive.name} and ${other.name} ended alike, within noise`,
    }[standing];
    sentences.push(
      `At the end of the epoch ${describeEnd(adaptive)}, and ${describeEnd(other)}: a difference of ` +
        `${percentagePoints(end.difference)} points (95 % interval ${percentagePoints(end.low)} to ` +
        `${percentagePoints(end.high)}${end.paired ? ', paired over prompts' : ''}).`,
    );
  } else {
    const top = best(results);
    headline = top
      ? `${top.name} ended at a win rate of ${percent(top.end.winRate.rate)}`
      : 'Nothing was trained';
    sentences.push(`${capitalized(results.map(describeEnd).join('; '))}.`);
  }
  for (const result of results) sentences.push(describeFall(result));
  if (adaptive && other) {
    sentences.push(describeKl(adaptive, other));
    const equal = compareAtKl(adaptive.evaluations, other.evaluations);
    if (equal && equal.squareRootKl > 0) sentences.push(describeEqualKl(adaptive, other, equal));
  }
  if (data.sft) sentences.push(`The SFT model that all start from wins ${percent(data.sft.winRate.rate)}.`);
  sentences.push(
    'This is one run with one seed: the intervals cover the choice of evaluation prompts, not the luck of training.',
  );
  return { headline, sentences, standing };
}

function best(results: readonly MethodResult[]): MethodResult | undefined {
  return results.toSorted((a, b) => b.end.winRate.rate - a.end.winRate.rate)[0];
}

interface EndDifference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly paired: boolean;
}

function compareEnds(first: MethodResult, second: MethodResult): EndDifference {
  const a = first.end.winRate;
  const b = second.end.winRate;
  if (a.outcomes && b.outcomes) {
    const { difference, low, high } = comparePolicies(a.outcomes, b.outcomes);
    return { difference, low, high, paired: true };
  }
  // Newcombe's interval: the two Wilson intervals' arms, added as independent errors are.
  const difference = a.rate - b.rate;
  return {
    difference,
    low: difference - Math.hypot(a.rate - a.low, b.high - b.rate),
    high: difference + Math.hypot(a.high - a.rate, b.rate - b.low),
    paired: false,
  };
}

function describeEnd({ name, end: { winRate } }: MethodResult): string {
  return (
    `${name} wins ${percent(winRate.rate)} (95 % interval ${decimal(100 * winRate.low, 1)} to ` +
    `${decimal(100 * winRate.high, 1)}) of ${winRate.n} comparisons with the reference summaries`
  );
}

function describeFall({
  name,
  peak,
  overOptimization: { fall, significant, pValue: p },
}: MethodResult): string {
  if (fall === 0) return `${name} ended at its peak: no over-optimization was seen.`;
  const where = `${name} peaked at ${percent(peak.winRate.rate)} at ${percent(peak.fraction, 0)} of the epoch and ended ${decimal(100 * fall, 1)} points below`;
  return significant
    ? `${where}, more than its noise (${pValue(p)}, corrected for picking the peak): it over-optimized.`
    : `${where}, which is within its noise (${pValue(p)}, corrected for picking the peak).`;
}

function describeKl(adaptive: MethodResult, other: MethodResult): string {
  const sentence =
    `√KL from the SFT model at the end is ${decimal(adaptive.squareRootKl)} for ${adaptive.name} and ` +
    `${decimal(other.squareRootKl)} for ${other.name}`;
  const kl = other.end.kl.mean;
  if (!(kl > 0)) return `${sentence}.`;
  return `${sentence}: ${adaptive.name} spent ${percent(Math.max(0, adaptive.end.kl.mean) / kl, 0)} of the KL that ${other.name} spent.`;
}

function describeEqualKl(adaptive: MethodResult, other: MethodResult, equal: ComparisonAtKl): string {
  const side = equal.low > 0 ? 'above' : equal.high < 0 ? 'below' : 'not told apart from';
  return (
    `At equal √KL of ${decimal(equal.squareRootKl)}, the largest that both reached, ${adaptive.name} is ${side} ` +
    `${other.name}: ${percentagePoints(equal.difference)} points (95 % interval ${percentagePoints(equal.low)} to ` +
    `${percentagePoints(equal.high)}).`
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
