import {
  compareAtKlOverSeeds,
  klAtWinRateOverSeeds,
  meanOverSeeds,
  pairOutcomes,
  peakOverSeeds,
  type SeedCurves,
  type SeedsEstimate,
} from '@ais/gold-eval';
import { nearestToShare } from '@ais/pipeline/settings';
import type { ReportedPoint } from '../data/reported.js';
import { decimal, percent } from '../report/number-format.js';
import { atCommonBetas } from './common-betas.js';
import { onCommonPrompts } from './common-prompts.js';
import { type MeasuredNumber, measured, withinShares } from './measured-number.js';
import {
  clustersOf,
  equalLengthDifference,
  klRatioEstimate,
  outcomesOf,
  squareRootKlEstimate,
} from './point-estimates.js';
import { alongEpoch, ends, epochCurves, leastBeta, type StudySweep, tradeOffCurves } from './study-lines.js';

interface AtEqualKlOptions {
  /** Of the largest √KL that both reached, in each seed; all of it by default. */
  readonly share?: number;
  readonly confidence?: number;
}

/**
 * Difference of win rates at equal √KL, with where that was, over the β that both have finished; undefined where a method was not
 * run that near to the start, or while the least β of one is missing.
 */
export function differenceAtEqualKl(
  first: StudySweep,
  second: StudySweep,
  { share = 1, confidence = first.confidence }: AtEqualKlOptions = {},
): (MeasuredNumber & { readonly squareRootKl: number }) | undefined {
  const common = atCommonBetas(first, second);
  if (!common) return undefined;
  const [one, other] = common;
  const curves = onCommonPrompts(tradeOffCurves(one), tradeOffCurves(other));
  const found = compareAtKlOverSeeds(...curves, { share, confidence });
  if (!found || !curves.every((seeds) => isInsideWhatWasRun(seeds, found.squareRootKls))) return undefined;
  const squareRootKl = found.squareRootKls.reduce((sum, kl) => sum + kl, 0) / found.squareRootKls.length;
  const where = share === 1 ? ' (the largest that both reached)' : '';
  const name = `${one.title} less ${other.title} at equal √KL of ${decimal(squareRootKl)}${where}`;
  return { ...measured(name, 'points', found), squareRootKl };
}

/** Whether no seed is read on the chord between the common start and its first evaluation, where nothing was run. */
function isInsideWhatWasRun(curves: SeedCurves, squareRootKls: readonly number[]): boolean {
  return curves.every((curve, seed) => {
    const moved = curve.map(({ squareRootKl }) => squareRootKl).filter((kl) => kl > 0);
    return Math.min(...moved) <= (squareRootKls[seed] ?? 0);
  });
}

/** The same at a third and at two thirds of that √KL, where both were run there. */
function differencesBefore(first: StudySweep, second: StudySweep): MeasuredNumber[] {
  return [1, 2].flatMap((thirds) => differenceAtEqualKl(first, second, { share: thirds / 3 }) ?? []);
}

/** Difference of win rates at the end of training, at the least β of both; undefined while it is missing from one. */
export function differenceAtEnd(first: StudySweep, second: StudySweep): MeasuredNumber | undefined {
  const common = atCommonBetas(first, second);
  if (!common) return undefined;
  const [one, other] = common;
  return measured(
    `${one.title} less ${other.title} at the end of training`,
    'points',
    pairedDifference(ends(leastBeta(one)), ends(leastBeta(other)), one.confidence),
  );
}

function pairedDifference(
  first: readonly ReportedPoint[],
  second: readonly ReportedPoint[],
  confidence?: number,
): SeedsEstimate {
  return meanOverSeeds(outcomeDifferences(first, second), {
    confidence,
    range: 2,
    clusters: clustersOf(first),
  });
}

/** [seeds][prompts], outcomes less those of the other on the same prompts, the first ones that both asked. */
function outcomeDifferences(first: readonly ReportedPoint[], second: readonly ReportedPoint[]): number[][] {
  const others = outcomesOf(second);
  return outcomesOf(first).map((outcomes, seed) => lessOnCommonPrompts(outcomes, others[seed]));
}

function lessOnCommonPrompts(row: readonly number[], other: readonly number[] = []): number[] {
  return row.slice(0, other.length).map((value, prompt) => value - (other[prompt] ?? Number.NaN));
}

/**
 * Difference of win rates averaged over the evaluations after the start: a mean, so no peak has to be picked. Over training it is
 * at the least β of both; over β it is over all that were planned for both, two at least. Undefined while one of them is missing.
 */
export function differenceOnAverage(
  first: StudySweep,
  second: StudySweep,
  over: 'training' | 'beta' = 'training',
): MeasuredNumber | undefined {
  const common = atCommonBetas(first, second);
  if (!common || (over === 'beta' && !common.every(hasSeveralBetas))) return undefined;
  const [one, other] = common;
  const [curves, others] = onCommonPrompts(
    ...(common.map((sweep) =>
      over === 'training'
        ? epochCurves(leastBeta(sweep)).map((curve) => curve.slice(1))
        : endsOverBeta(sweep),
    ) as [SeedCurves, SeedCurves]),
  );
  if (curves.some(({ length }) => length === 0)) return undefined;
  const differences = curves.map((curve, seed) => {
    const [own, theirs] = [promptMeans(curve), promptMeans(others[seed] ?? [])];
    return own.map((mean, prompt) => mean - (theirs[prompt] ?? Number.NaN));
  });
  return measured(
    `${one.title} less ${other.title}, averaged over ${over === 'training' ? 'training' : 'all β'}`,
    'points',
    meanOverSeeds(differences, {
      confidence: one.confidence,
      range: 2,
      clusters: curves[0]?.[0]?.clusters,
    }),
  );
}

/** Whether a method was planned at several β, and all of them are finished. */
function hasSeveralBetas({ lines, planned }: StudySweep): boolean {
  return planned.length > 1 && lines.length === planned.length;
}

/** The ends of training at each β, without the start. */
function endsOverBeta(sweep: StudySweep): SeedCurves {
  return tradeOffCurves(sweep).map((curve) => curve.filter(({ fraction }) => fraction > 0));
}

/** [prompts], each one's outcome averaged over the evaluations of a curve. */
function promptMeans(curve: SeedCurves[number]): number[] {
  const rows = curve.map(({ outcomes = [] }) => outcomes);
  return (rows[0] ?? []).map(
    (_, prompt) => rows.reduce((sum, row) => sum + (row[prompt] ?? Number.NaN), 0) / rows.length,
  );
}

/** The win rate early in training less that at the end, at the evaluation nearest to a share named in advance. */
export function earlyLessEnd(sweep: StudySweep, share: number): MeasuredNumber {
  const { fraction, early, last } = contrast(sweep, share);
  return measured(
    `the win rate of ${sweep.title} at ${percent(fraction, 0)} of training less that at the end`,
    'points',
    pairedDifference(early, last, sweep.confidence),
  );
}

/** How much a method loses in the second half of training: at places named in advance, so no peak has to be picked. */
export function fallInSecondHalf(sweep: StudySweep): MeasuredNumber {
  return earlyLessEnd(sweep, 0.5);
}

/** The win rate early in training, at the evaluation nearest to a share named in advance, less that at the start. */
export function earlyLessStart(sweep: StudySweep, share: number): MeasuredNumber {
  const { fraction, early } = contrast(sweep, share);
  return measured(
    `the win rate of ${sweep.title} at ${percent(fraction, 0)} of training less that at the start`,
    'points',
    pairedDifference(early, alongEpoch(leastBeta(sweep))[0] ?? [], sweep.confidence),
  );
}

/** The β at which the paper's curves have fallen. */
const overOptimized = 0.01;

/** How much a method loses between the ends of training at one β and at a smaller one; undefined if it was not run at both. */
export function lossFromBeta(
  sweep: StudySweep,
  from: number,
  to: number = overOptimized,
): MeasuredNumber | undefined {
  const found = contrastOverBeta(sweep, from, to);
  return (
    found &&
    measured(
      `what ${sweep.title} loses between β = ${from} and β = ${to}`,
      'points',
      pairedDifference(found.early, found.last, sweep.confidence),
    )
  );
}

/** How much more one method loses than another between that evaluation and the end. */
export function lossBeyond(first: StudySweep, second: StudySweep, share: number): MeasuredNumber | undefined {
  const common = atCommonBetas(first, second);
  if (!common) return undefined;
  const [one, two] = common;
  const [own, other] = [contrast(one, share), contrast(two, share)];
  return measured(
    `what ${one.title} loses between ${percent(own.fraction, 0)} and the end of training, less what ${two.title} loses`,
    'points',
    differenceOfLosses(own, other, one.confidence),
  );
}

/**
 * How much more one method loses than another between the ends of training at one β and at a smaller one, the least of the paper
 * by default; undefined if one of them was not run at both.
 */
export function lossAtLeastBeta(
  first: StudySweep,
  second: StudySweep,
  from: number,
  to: number = overOptimized,
): MeasuredNumber | undefined {
  const [own, other] = [contrastOverBeta(first, from, to), contrastOverBeta(second, from, to)];
  if (!own || !other) return undefined;
  return measured(
    `what ${first.title} loses between β = ${from} and β = ${to}, less what ${second.title} loses`,
    'points',
    differenceOfLosses(own, other, first.confidence),
  );
}

interface Contrast {
  readonly early: readonly ReportedPoint[];
  readonly last: readonly ReportedPoint[];
}

/** The ends of training at one β, and at a smaller one. */
function contrastOverBeta({ lines }: StudySweep, from: number, to: number): Contrast | undefined {
  const [early, last] = [from, to].map((beta) => lines.find((one) => one.beta === beta));
  return early && last && { early: ends(early), last: ends(last) };
}

function differenceOfLosses(own: Contrast, other: Contrast, confidence: number): SeedsEstimate {
  const others = outcomeDifferences(other.early, other.last);
  return meanOverSeeds(
    outcomeDifferences(own.early, own.last).map((row, seed) => lessOnCommonPrompts(row, others[seed])),
    { confidence, range: 4, clusters: clustersOf(own.early) },
  );
}

/** The evaluation nearest to a share of training, and the end. */
function contrast(sweep: StudySweep, share: number): Contrast & { readonly fraction: number } {
  const positions = alongEpoch(leastBeta(sweep));
  const early = nearestToShare(positions, share, ([first]) => first?.fraction ?? 0) ?? [];
  return { fraction: early[0]?.fraction ?? Number.NaN, early, last: positions.at(-1) ?? [] };
}

/** KL at the end of training as a share of another method's, at the least β of both; undefined while it is missing from one. */
export function klShare(first: StudySweep, second: StudySweep): MeasuredNumber | undefined {
  const common = atCommonBetas(first, second);
  if (!common) return undefined;
  const [one, other] = common;
  const ratio = klRatioEstimate(ends(leastBeta(one)), ends(leastBeta(other)), one.confidence);
  return ratio && measured(`KL of ${one.title} as a share of that of ${other.title}`, 'share', ratio);
}

/**
 * Two methods side by side, to read: their difference at equal steps, at equal KL, and at equal length; KL as a share; and
 * what each has at the end. Nothing while the least β of one is missing.
 */
export function comparison(first: StudySweep, second: StudySweep): MeasuredNumber[] {
  const common = atCommonBetas(first, second);
  if (!common) return [];
  return [
    ...[differenceAtEnd(...common) ?? []].flat(),
    ...[differenceAtEqualKl(...common) ?? []].flat(),
    ...differencesBefore(...common),
    ...[differenceAtEqualLength(...common) ?? []].flat(),
    ...differenceByProse(...common),
    ...atOtherTemperature(...common),
    ...[klShare(...common) ?? []].flat(),
    ...common.flatMap(endNumbers),
  ];
}

/** Difference of the win rates predicted at the reference's length, at the end of training. */
function differenceAtEqualLength(first: StudySweep, second: StudySweep): MeasuredNumber | undefined {
  const found = equalLengthDifference(ends(leastBeta(first)), ends(leastBeta(second)), first.confidence);
  return (
    found &&
    measured(`${first.title} less ${second.title} at the end of training, at equal length`, 'points', found)
  );
}

function isOfEverySeed(sweep: StudySweep, ...several: readonly (readonly ReportedPoint[])[]): boolean {
  const seeds = leastBeta(sweep).runs.length;
  return several.every(({ length }) => length === seeds);
}

/**
 * How far more than half of the prompts one method answers better than another at the end of training, by the second judge, where there
 * is one. The two are compared with each other: a small model hardly ever writes as well as the references, so that win rates
 * against those would be near 0 for both.
 */
function differenceByProse(first: StudySweep, second: StudySweep): MeasuredNumber[] {
  const scores = (sweep: StudySweep) =>
    ends(leastBeta(sweep)).flatMap(({ prose }) => (prose ? [prose.scores] : []));
  const [own, others] = [scores(first), scores(second)];
  const seeds = leastBeta(first).runs.length;
  if (own.length < seeds || others.length < seeds) return [];
  const table = own.map((values, seed) => {
    const other = others[seed] ?? [];
    return pairOutcomes(values.slice(0, other.length), other.slice(0, values.length)).map(
      (outcome) => outcome - 0.5,
    );
  });
  return [
    measured(
      `how far more than half of the prompts ${first.title} answers better than ${second.title} at the end of training, by the rule for prose`,
      'points',
      meanOverSeeds(table, { confidence: first.confidence, clusters: clustersOf(ends(leastBeta(first))) }),
    ),
  ];
}

/** Win rates and KL at the end of training with responses of another temperature, where they were measured. */
function atOtherTemperature(first: StudySweep, second: StudySweep): MeasuredNumber[] {
  const [own, other] = [first, second].map((sweep) =>
    ends(leastBeta(sweep)).flatMap(({ otherTemperature, ...point }) =>
      otherTemperature ? { ...point, ...otherTemperature } : [],
    ),
  ) as [(ReportedPoint & { temperature: number })[], ReportedPoint[]];
  const [at] = own;
  if (!at || !isOfEverySeed(first, own, other)) return [];
  const where = `at the end of training, at temperature ${at.temperature}`;
  const ratio = klRatioEstimate(own, other, first.confidence);
  return [
    measured(
      `${first.title} less ${second.title} ${where}`,
      'points',
      pairedDifference(own, other, first.confidence),
    ),
    ...(ratio
      ? [measured(`KL of ${first.title} as a share of that of ${second.title} ${where}`, 'share', ratio)]
      : []),
  ];
}

/** √KL at which each method first reaches the other's best win rate on average; none while the least β of one is missing. */
export function klForBestRate(first: StudySweep, second: StudySweep): MeasuredNumber[] {
  const common = atCommonBetas(first, second);
  if (!common) return [];
  const [one, other] = common;
  const curves = onCommonPrompts(tradeOffCurves(one), tradeOffCurves(other));
  const goal = peakOverSeeds(curves[1], { resamples: 100 }).rate.value;
  return common.flatMap(({ title, confidence }, index) => {
    const kl = klAtWinRateOverSeeds(curves[index] ?? [], goal, { confidence });
    const name = `√KL at which ${title} first wins ${percent(goal)}, the best of ${other.title}`;
    return kl ? [measured(name, 'square root of nats', kl)] : [];
  });
}

/** Win rate and √KL of a method at the end of training. */
export function endNumbers(sweep: StudySweep): MeasuredNumber[] {
  return [winRateAtEnd(sweep), squareRootKlAtEnd(sweep)];
}

export function winRateAtEnd(sweep: StudySweep): MeasuredNumber {
  const points = ends(leastBeta(sweep));
  const { confidence } = sweep;
  return measured(
    `the win rate of ${sweep.title} at the end of training`,
    'share',
    withinShares(meanOverSeeds(outcomesOf(points), { confidence, clusters: clustersOf(points) })),
  );
}

export function squareRootKlAtEnd(sweep: StudySweep): MeasuredNumber {
  return measured(
    `√KL of ${sweep.title} at the end of training`,
    'square root of nats',
    squareRootKlEstimate(ends(leastBeta(sweep)), sweep.confidence),
  );
}
