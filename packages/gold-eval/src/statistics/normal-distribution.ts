/// <reference path="../../types/vega-statistics.d.ts" />
import { cumulativeNormal, quantileNormal } from 'vega-statistics';
import { checkConfidence } from './confidence.js';

/** The z with P(|Z| ≤ z) = confidence for a standard normal Z. */
export function normalQuantile(confidence: number): number {
  checkConfidence(confidence);
  const probability = 0.5 + confidence / 2;
  // The confidence nearest to 1 rounds to it; the other tail has its digits.
  return probability < 1 ? quantileNormal(probability) : -quantileNormal((1 - confidence) / 2);
}

/** P(Z > z) of a standard normal Z, without the cancellation of 1 − Φ(z). */
export function normalUpperTail(z: number): number {
  return cumulativeNormal(-z);
}
