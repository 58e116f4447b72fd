import fc from 'fast-check';
import type { EvaluationPoint } from '../src/frontier/evaluation-point.js';
import { randomStream } from '../src/statistics/random-stream.js';

/** Evaluations of n prompts, without outcomes. */
export function curve(points: readonly (readonly [number, number])[], n: number = 512): EvaluationPoint[] {
  return points.map(([squareRootKl, rate]) => ({ fraction: squareRootKl, squareRootKl, rate, n }));
}

/** Evaluations whose outcomes share the difficulty of their prompts. */
export function sampled(
  points: readonly (readonly [number, number])[],
  seed: number,
  n: number = 400,
): EvaluationPoint[] {
  const difficulty = randomStream(99);
  const thresholds = Array.from({ length: n }, () => difficulty());
  const random = randomStream(seed);
  return points.map(([squareRootKl, rate]) => {
    const outcomes = thresholds.map((threshold) => (0.8 * threshold + 0.2 * random() < rate ? 1 : 0));
    const mean = outcomes.reduce<number>((sum, value) => sum + value, 0) / n;
    return { fraction: squareRootKl, squareRootKl, rate: mean, n, outcomes };
  });
}

/** Points of √KL and win rate. */
export const anyCurve: fc.Arbitrary<[number, number][]> = fc.array(
  fc.tuple(fc.double({ min: 0, max: 20, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  { minLength: 1, maxLength: 12 },
);
