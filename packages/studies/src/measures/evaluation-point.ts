import type { EvaluationPoint } from '@ais/gold-eval';
import type { ReportedPoint } from '../data/reported.js';

/** √KL of an evaluation in √nats; 0 where an estimate came out below 0. */
export function squareRootKl({ kl }: Pick<ReportedPoint, 'kl'>): number {
  return Math.sqrt(Math.max(0, kl.mean));
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
    clusters: point.clusters,
  };
}
