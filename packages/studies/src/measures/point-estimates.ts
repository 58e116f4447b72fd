import {
  type Clusters,
  type FunctionValue,
  functionOfMeans,
  logarithm,
  meanOverSeeds,
  type SeedsEstimate,
  seedsInterval,
  squareRoot,
} from '@ais/gold-eval';
import { clusteredWilson } from '@ais/gold-eval/statistics';
import type { ReportedPoint } from '../data/reported.js';
import { StudyError } from '../errors.js';
import { squareRootKl } from './evaluation-point.js';

/** A value with the ends of its 95 % interval; both are the value if there is no interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Outcomes of one evaluation in every seed. */
export function outcomesOf(points: readonly ReportedPoint[]): (readonly number[])[] {
  return points.map(({ winRate, fraction }) => {
    if (winRate.outcomes) return winRate.outcomes;
    throw new StudyError(
      'invalid-data',
      `the evaluation at ${fraction} of training kept no outcomes; a study compares methods prompt by prompt.`,
    );
  });
}

/** Which prompts of the evaluations belong together. */
export function clustersOf([first]: readonly ReportedPoint[]): Clusters | undefined {
  return first?.clusters;
}

/** Mean win rate over seeds; of one seed with Wilson's interval, which is honest near 0 and 1. */
export function rateEstimate(points: readonly ReportedPoint[]): Estimate {
  const [only] = points;
  const clusters = clustersOf(points);
  if (only && points.length === 1) {
    const { rate, outcomes } = only.winRate;
    const { low, high } = clusters && outcomes ? clusteredWilson(outcomes, clusters) : only.winRate;
    return { value: rate, low, high };
  }
  const { value, low, high } = meanOverSeeds(outcomesOf(points), { clusters });
  return { value, low: Math.max(0, low), high: Math.min(1, high) };
}

/** A function of each seed's KL, as a table of seeds and prompts; undefined where KL was not kept by prompt. */
function ofKl(
  points: readonly ReportedPoint[],
  f: (kl: number) => FunctionValue,
  count: number = promptsWithKl(points),
): number[][] | undefined {
  if (count === 0) return undefined;
  const values = points.map(({ kl }) => (kl.perPrompt ?? []).slice(0, count));
  return functionOfMeans(
    values,
    f,
    points.map(({ kl }) => kl.mean),
  );
}

/** How many prompts' KL all evaluations have. */
function promptsWithKl(points: readonly ReportedPoint[]): number {
  return Math.min(...points.map(({ kl }) => kl.perPrompt?.length ?? 0));
}

/** {@link ofKl} of one method less that of another, on the prompts that both have. */
function differenceOfKl(
  points: readonly ReportedPoint[],
  others: readonly ReportedPoint[],
  f: (kl: number) => FunctionValue,
): number[][] | undefined {
  const count = promptsWithKl([...points, ...others]);
  const [first, second] = [ofKl(points, f, count), ofKl(others, f, count)];
  return first?.map((row, seed) =>
    row.map((value, prompt) => value - (second?.[seed]?.[prompt] ?? Number.NaN)),
  );
}

/** Mean √KL over seeds, in √nats, with the errors of seeds and prompts. */
export function squareRootKlEstimate(points: readonly ReportedPoint[], confidence?: number): SeedsEstimate {
  const table = ofKl(points, squareRoot);
  if (table) {
    const found = meanOverSeeds(table, { confidence, range: 0, clusters: clustersOf(points) });
    return { ...found, low: Math.max(0, found.low) };
  }
  // SE[√K] ≈ SE[K] / 2√K.
  const errors = points.map((point) => {
    const root = squareRootKl(point);
    return root > 0 && Number.isFinite(point.kl.standardError) ? point.kl.standardError / (2 * root) : 0;
  });
  const estimate = seedsInterval(
    points.map(squareRootKl),
    ofSharedPrompts(errors),
    prompts(points),
    confidence,
  );
  return { ...estimate, low: Math.max(0, estimate.low) };
}

/**
 * Mean over seeds of the ratio of two KLs, as the geometric mean, with the interval of its logarithm.
 *
 * @returns undefined where a KL is 0
 */
export function klRatioEstimate(
  points: readonly ReportedPoint[],
  others: readonly ReportedPoint[],
  confidence?: number,
): SeedsEstimate | undefined {
  const kls = [...points, ...others].map(({ kl }) => kl.mean);
  if (kls.some((kl) => !(kl > 0))) return undefined;
  const table = differenceOfKl(points, others, logarithm);
  if (table) return exponential(meanOverSeeds(table, { confidence, range: 0, clusters: clustersOf(points) }));
  const logarithms = points.map(({ kl }, seed) => Math.log(kl.mean / (others[seed]?.kl.mean ?? Number.NaN)));
  const relative = ({ kl }: ReportedPoint): number =>
    Number.isFinite(kl.standardError) ? kl.standardError / kl.mean : 0;
  const errors = points.map((point, seed) => {
    const other = others[seed];
    return Math.hypot(relative(point), other ? relative(other) : 0);
  });
  return exponential(seedsInterval(logarithms, ofSharedPrompts(errors), prompts(points), confidence));
}

function exponential({ value, low, high, ...rest }: SeedsEstimate): SeedsEstimate {
  return { ...rest, value: Math.exp(value), low: Math.exp(low), high: Math.exp(high) };
}

/** Mean over seeds of √KL less another, in √nats. */
export function squareRootKlDifference(
  points: readonly ReportedPoint[],
  others: readonly ReportedPoint[],
  confidence?: number,
): SeedsEstimate {
  const table = differenceOfKl(points, others, squareRoot);
  if (table) return meanOverSeeds(table, { confidence, range: 0, clusters: clustersOf(points) });
  const first = squareRootKlEstimate(points);
  const second = squareRootKlEstimate(others);
  return seedsInterval(
    first.perSeed.map((value, seed) => value - (second.perSeed[seed] ?? Number.NaN)),
    Math.hypot(first.promptError, second.promptError),
    prompts(points),
    confidence,
  );
}

/** Mean response length over seeds, in tokens; an interval only from the spread between seeds. */
export function lengthEstimate(points: readonly ReportedPoint[]): Estimate {
  const { value, low, high } = seedsInterval(
    points.map(({ meanLength }) => meanLength),
    0,
    prompts(points),
  );
  return { value, low: Math.max(0, low), high };
}

/**
 * Difference of two methods' win rates predicted at equal length, prompt by prompt; undefined where a seed has none.
 *
 * In data of earlier versions only each rate's error is known. They are added there as if the two methods did not share their prompts,
 * which makes the interval wider than needed.
 */
export function equalLengthDifference(
  points: readonly ReportedPoint[],
  others: readonly ReportedPoint[],
  confidence?: number,
): SeedsEstimate | undefined {
  const pairs = points.flatMap(({ equalLength }, seed) => {
    const other = others[seed]?.equalLength;
    return equalLength && other ? [[equalLength, other] as const] : [];
  });
  if (pairs.length === 0 || pairs.length < points.length) return undefined;
  const table = pairs.flatMap(([{ perPrompt: own }, { perPrompt: other }]) =>
    own && other
      ? [own.slice(0, other.length).map((value, prompt) => value - (other[prompt] ?? Number.NaN))]
      : [],
  );
  if (table.length === pairs.length)
    return meanOverSeeds(table, { confidence, range: 2, clusters: clustersOf(points) });
  const errors = pairs.map((pair) => Math.hypot(...pair.map(({ low, high }) => (high - low) / normalWidth)));
  return seedsInterval(
    pairs.map(([own, other]) => own.rate - other.rate),
    ofSharedPrompts(errors),
    prompts(points),
    confidence,
  );
}

/** Mean over seeds of the win rate predicted at equal length; undefined where a seed has none. */
export function equalLengthEstimate(points: readonly ReportedPoint[]): Estimate | undefined {
  const rates = points.flatMap(({ equalLength }) => equalLength ?? []);
  const [only] = rates;
  if (!only || rates.length < points.length) return undefined;
  if (rates.length === 1) return { value: only.rate, low: only.low, high: only.high };
  const table = rates.flatMap(({ perPrompt }) => (perPrompt ? [perPrompt] : []));
  const { value, low, high } =
    table.length === rates.length
      ? meanOverSeeds(table, { clusters: clustersOf(points) })
      : seedsInterval(
          rates.map(({ rate }) => rate),
          ofSharedPrompts(rates.map((rate) => (rate.high - rate.low) / normalWidth)),
          prompts(points),
        );
  return { value, low: Math.max(0, low), high: Math.min(1, high) };
}

/** Width of a 95 % interval of the normal distribution, in standard errors. */
const normalWidth = 2 * 1.96;

/**
 * The error over prompts of a mean over seeds that share their prompts, of whose values only the errors are known: at most the
 * mean of the errors, as if what one prompt adds were the same in every seed.
 */
function ofSharedPrompts(errors: readonly number[]): number {
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

function prompts(points: readonly ReportedPoint[]): number {
  return Math.min(...points.map(({ winRate }) => winRate.n));
}
