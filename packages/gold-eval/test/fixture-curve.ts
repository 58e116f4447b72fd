import type { EvaluationPoint } from '../src/frontier/evaluation-point.js';

/** The evaluations of one run of a fixture. */
export function fixtureCurve({
  squareRootKls,
  outcomes,
}: {
  readonly squareRootKls: readonly number[];
  readonly outcomes: readonly (readonly number[])[];
}): EvaluationPoint[] {
  return outcomes.map((values, index) => ({
    fraction: index / Math.max(1, outcomes.length - 1),
    squareRootKl: squareRootKls[index] ?? Number.NaN,
    rate: values.reduce((sum, value) => sum + value, 0) / values.length,
    n: values.length,
    outcomes: values,
  }));
}
