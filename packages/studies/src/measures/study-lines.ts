import type { EvaluationPoint, SeedCurves } from '@ais/gold-eval';
import { simultaneousConfidence } from '@ais/gold-eval/statistics';
import { plannedBetas } from '../data/planned-betas.js';
import type { ReportedPoint } from '../data/reported.js';
import { runTitle } from '../data/run-title.js';
import type { PolicyStudyData, PreferenceData, StudyMethod, StudyRun } from '../data/study-data.js';
import { smoothingOf } from '../data/study-method.js';
import { StudyError } from '../errors.js';
import { evaluationsOnCommonPrompts } from './common-prompts.js';
import { evaluation } from './evaluation-point.js';

/** A method at one β on one data set: its runs, one for each seed of the study and in their order. */
export interface StudyLine {
  readonly method: StudyMethod;
  readonly beta: number;
  readonly data: PreferenceData;
  readonly runs: readonly StudyRun[];
}

/** A method on one data set: its lines by falling β, so from the closest to the reference to the farthest. */
export interface StudySweep {
  readonly method: StudyMethod;
  readonly data: PreferenceData;
  readonly lines: readonly StudyLine[];
  /** The β at which the study runs it, falling; those that not every seed has finished have no line. */
  readonly planned: readonly number[];
  /** Whether the data say what was planned; else `planned` is what any seed has run. */
  readonly isPlanKnown: boolean;
  /** The name in legends: the method's title, and the data set where the study has several. */
  readonly title: string;
  /** Its color, dash and mark: the method's, or where there is one method only, the data set's. */
  readonly position: number;
  /** Confidence that an interval needs for all planned looks of the study to hold at once. */
  readonly confidence: number;
}

/**
 * The runs of a study by method and data set.
 *
 * Only what was run with every seed of the study is kept, so that a study can be read before it is finished; what is
 * left out, {@link unfinishedRuns} names.
 *
 * @throws {StudyError} `invalid-data` if a method was run twice with one seed
 */
export function studySweeps(study: PolicyStudyData): StudySweep[] {
  const severalData = new Set(study.runs.map(({ data }) => data)).size > 1;
  const sweeps = group(study.runs, ({ method, data }) => `${method.title}\u0000${data}`);
  const positions = methodPositions(study);
  const confidence = simultaneousConfidence(study.looks?.length ?? 1);
  const isPlanKnown = study.planned !== undefined;
  const plans = study.planned ?? plannedBetas(study.runs);
  return sweeps.flatMap((runs, index) => {
    const lines = group(runs, ({ beta }) => String(beta))
      .flatMap((ofBeta) => studyLine(study, ofBeta) ?? [])
      .toSorted((a, b) => b.beta - a.beta);
    const [first] = lines;
    if (!first) return [];
    const { method, data } = first;
    const plan = plans.find((one) => one.method === method.title && one.data === data);
    const planned = plan?.betas ?? lines.map(({ beta }) => beta);
    const title = severalData ? `${method.title} on ${data}` : method.title;
    const position = positions.size > 1 ? (positions.get(method.title) ?? index) : index;
    return [{ method, data, lines, planned, isPlanKnown, title, position, confidence }];
  });
}

/**
 * The place of each method's color, dash and mark, by title: DPO has the first and AIS-DPO the second in every study that
 * has them, so that they look alike on one page; the others follow in the order of their runs.
 */
export function methodPositions({ runs }: Pick<PolicyStudyData, 'runs'>): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [position, smoothing] of (['none', 'inverse-length'] as const).entries()) {
    const run = runs.find(
      ({ method }) =>
        method.objective === 'dpo' && smoothingOf(method) === smoothing && method.behavior !== 'data',
    );
    if (run) positions.set(run.method.title, position);
  }
  let next = 2;
  for (const { method } of runs) if (!positions.has(method.title)) positions.set(method.title, next++);
  return positions;
}

/** What a study was to run, and has not finished with every seed. */
export function unfinishedRuns(study: PolicyStudyData): string[] {
  const lines = group(study.runs, (run) => runTitle(run));
  const begun = lines.flatMap((runs) => {
    const [first] = runs;
    return first && !studyLine(study, runs) ? [runTitle(first)] : [];
  });
  const known = new Set(study.runs.map((run) => runTitle(run)));
  const planned = (study.planned ?? []).flatMap(({ method: title, data, betas }) =>
    betas.map((beta) => runTitle({ method: { title }, beta, data })),
  );
  return [...begun, ...planned.filter((title) => !known.has(title))];
}

function studyLine(study: PolicyStudyData, runs: readonly StudyRun[]): StudyLine | undefined {
  const ordered = study.seeds.flatMap((seed) => {
    const found = runs.filter((run) => run.seed === seed && run.points.length > 0);
    const [run] = found;
    if (run && found.length > 1) {
      throw new StudyError(
        'invalid-data',
        `the study ${study.study} has ${found.length} runs of ${runTitle(run)} with seed ${seed}; keep one of them.`,
      );
    }
    return run ? [withClusters(run, study.families)] : [];
  });
  const [first] = ordered;
  if (!first || ordered.length < study.seeds.length) return undefined;
  return { method: first.method, beta: first.beta, data: first.data, runs: ordered };
}

/** A run whose evaluations know which of their prompts belong together. */
function withClusters(run: StudyRun, clusters: PolicyStudyData['families']): StudyRun {
  return clusters ? { ...run, points: run.points.map((point) => ({ ...point, clusters })) } : run;
}

/** The line of the least β: the least regularized, which over-optimizes first. */
export function leastBeta({ lines }: StudySweep): StudyLine {
  const line = lines.at(-1);
  if (!line) throw new StudyError('invalid-data', 'a method has no run.');
  return line;
}

/**
 * Whether the least β that was planned is finished with every seed. If not, {@link leastBeta} is another β, and what it gives is not
 * what a claim about the end of training is about.
 */
export function hasLeastBeta({ lines, planned }: StudySweep): boolean {
  const [line, beta] = [lines.at(-1), planned.at(-1)];
  return line !== undefined && line.beta === beta;
}

/** The last evaluation of every seed. */
export function ends({ runs }: StudyLine): ReportedPoint[] {
  return runs.flatMap(({ points }) => points.slice(-1));
}

/**
 * One entry for each evaluation during training: that evaluation in every seed. Seeds may differ in their number of steps, since
 * they differ in pairs, and evaluations are at whole steps.
 */
export function alongEpoch({ runs }: StudyLine): ReportedPoint[][] {
  const [first] = runs;
  return (first?.points ?? []).map((point, index) =>
    runs.map(({ points, method, seed }) => {
      const same = points[index];
      if (same && isSamePlace(same, point)) return same;
      throw new StudyError(
        'invalid-data',
        `${method.title} was not evaluated at ${point.fraction} of training with seed ${seed}; with the other seeds it was.`,
      );
    }),
  );
}

/** Whether two evaluations may be at the whole steps nearest to one share of training. */
function isSamePlace(one: ReportedPoint, other: ReportedPoint): boolean {
  const halfSteps = [one, other].map(({ fraction, step }) => (step === 0 ? 0 : fraction / step / 2));
  const apart = Math.abs(one.fraction - other.fraction);
  return apart <= halfSteps.reduce((sum, half) => sum + half, Number.EPSILON);
}

/** {@link alongEpoch} on the prompts that all evaluations asked. */
export function epochOnCommonPrompts(line: StudyLine): ReportedPoint[][] {
  return evaluationsOnCommonPrompts(alongEpoch(line));
}

/** The evaluations of every seed during training, on the prompts that all of them asked. */
export function epochCurves(line: StudyLine): SeedCurves {
  return transpose(epochOnCommonPrompts(line));
}

/** Where a method's trade-off between win rate and KL was evaluated. */
export interface TradeOffPosition {
  /** What it is: `β = 0.1`, or `40 % of training`. */
  readonly name: string;
  /** The evaluation in every seed. */
  readonly points: readonly ReportedPoint[];
  /** Whether it is the farthest end: of the least β, or of training. */
  readonly last: boolean;
}

/**
 * A method's trade-off between win rate and KL: from the SFT model over the ends of training at each β; during training
 * where one β was planned. In the order of mean √KL, or of training, on the prompts that all its evaluations asked.
 *
 * @param startName what the policy that all runs start from is called
 */
export function tradeOff(sweep: StudySweep, startName: string = 'SFT'): TradeOffPosition[] {
  const line = leastBeta(sweep);
  const epoch = alongEpoch(line);
  if (sweep.planned.length === 1) {
    return epochOnCommonPrompts(line).map((points, index) => ({
      name: `${Math.round(100 * (points[0]?.fraction ?? 0))} % of training`,
      points,
      last: index === epoch.length - 1,
    }));
  }
  const swept = sweep.lines.map((one) => ({
    name: `β = ${one.beta}`,
    points: ends(one),
    last: one === line,
  }));
  const start = epoch[0]?.[0]?.fraction === 0 ? [{ name: startName, points: epoch[0], last: false }] : [];
  const mean = (points: readonly ReportedPoint[]): number =>
    points.reduce((sum, { kl }) => sum + Math.sqrt(Math.max(0, kl.mean)), 0) / points.length;
  const positions = [...start, ...swept];
  const common = evaluationsOnCommonPrompts(positions.map(({ points }) => points));
  return positions
    .map((position, index) => ({ ...position, points: common[index] ?? [] }))
    .toSorted((a, b) => mean(a.points) - mean(b.points));
}

/** The trade-off of every seed, for the statistics of `@ais/gold-eval`. */
export function tradeOffCurves(sweep: StudySweep): SeedCurves {
  return transpose(tradeOff(sweep).map(({ points }) => points));
}

function transpose(positions: readonly (readonly ReportedPoint[])[]): EvaluationPoint[][] {
  const seeds = positions[0]?.length ?? 0;
  return Array.from({ length: seeds }, (_, seed) =>
    positions.flatMap((points) => {
      const point = points[seed];
      return point ? [evaluation(point)] : [];
    }),
  );
}

function group<Value>(values: readonly Value[], key: (value: Value) => string): Value[][] {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const name = key(value);
    const found = groups.get(name);
    if (found) found.push(value);
    else groups.set(name, [value]);
  }
  return [...groups.values()];
}
