import { type EvaluationPoint, type OverOptimization, overOptimization } from '@ais/gold-eval';
import type { DemoReportData, ReportedMethod, ReportedPoint } from './demo-report-data.js';
import { ReportDataError } from './report-data-error.js';

/** What the report says about one method, computed once. */
export interface MethodResult {
  readonly name: string;
  readonly description: string;
  readonly adaptive: boolean;
  /** The last evaluation. */
  readonly end: ReportedPoint;
  /** The evaluation with the highest win rate, the first of equals. */
  readonly peak: ReportedPoint;
  /** Peak, fall since and its noise. */
  readonly overOptimization: OverOptimization;
  /** √KL at the end. */
  readonly squareRootKl: number;
  readonly evaluations: readonly EvaluationPoint[];
}

/** √KL of an evaluation in √nats; 0 where an estimate came out below 0. */
export function squareRootKl(point: ReportedPoint): number {
  return Math.sqrt(Math.max(0, point.kl.mean));
}

/**
 * Each method's peak, end and fall.
 *
 * @throws {ReportDataError} if there is no method, two have one name, or one has no evaluation
 */
export function methodResults(data: DemoReportData): readonly MethodResult[] {
  if (data.methods.length === 0) {
    throw new ReportDataError('the report has no method; give at least one with its evaluations.');
  }
  const names = new Set<string>();
  return data.methods.map((method) => {
    if (names.has(method.name)) {
      throw new ReportDataError(
        `two methods of the report are called "${method.name}"; give each its own name.`,
      );
    }
    names.add(method.name);
    return methodResult(method);
  });
}

function methodResult(method: ReportedMethod): MethodResult {
  const end = method.points.at(-1);
  if (!end) {
    throw new ReportDataError(`the method "${method.name}" has no evaluation; evaluate it at least once.`);
  }
  const evaluations = method.points.map(evaluation);
  const found = overOptimization(evaluations);
  return {
    name: method.name,
    description: method.description,
    adaptive: method.adaptive,
    end,
    peak: method.points[found.peakIndex] ?? end,
    overOptimization: found,
    squareRootKl: squareRootKl(end),
    evaluations,
  };
}

/** An evaluation as @ais/gold-eval takes it. */
export function evaluation(point: ReportedPoint): EvaluationPoint {
  const { rate, n, outcomes } = point.winRate;
  return {
    fraction: point.fraction,
    squareRootKl: squareRootKl(point),
    rate,
    n,
    ...(outcomes ? { outcomes } : {}),
  };
}
