import { GoldEvalError } from '../errors.js';
import { normalQuantile } from './normal-distribution.js';

/**
 * The t with P(|T| ≤ t) = confidence for Student's T.
 *
 * With T = √ν·sinh(x) the density of x is proportional to sech^ν(x), smooth and falling exponentially for every ν, so that
 * Simpson's rule gives the probability and Newton's method its inverse.
 *
 * @param confidence between 0 and 1 − 1e-12, beyond which doubles do not have the tail
 * @param degreesOfFreedom ν, at least 1, whole or not
 * @throws {GoldEvalError} `invalid-option` for a bad confidence, or fewer than 1 degree of freedom
 * @example
 * console.log(studentQuantile(0.95, 2).toFixed(3), studentQuantile(0.95, 1000).toFixed(3)); // 4.303 1.962
 */
export function studentQuantile(confidence: number, degreesOfFreedom: number): number {
  const normal = normalQuantile(confidence);
  if (confidence > 1 - 1e-12) {
    throw new GoldEvalError('invalid-option', `confidence must be at most 1 − 1e-12, got ${confidence}.`);
  }
  if (!(degreesOfFreedom >= 1)) {
    throw new GoldEvalError(
      'invalid-option',
      `degreesOfFreedom must be at least 1, got ${degreesOfFreedom}.`,
    );
  }
  // Beyond this, the normal quantile is as exact as the integral.
  if (degreesOfFreedom > 1e7) return normal;
  const nu = degreesOfFreedom;
  const density = (x: number): number => Math.exp(-nu * logCosh(x));
  // Where the density has fallen below 1e-16 of its top, for few and for many degrees of freedom.
  const all = integral(density, 40 / nu + 9 / Math.sqrt(nu));
  let x = Math.asinh(normal / Math.sqrt(nu));
  for (let step = 0; step < 100; step++) {
    // Started left of the root of a concave function, Newton's steps approach it from there.
    const correction = (confidence * all - integral(density, x)) / density(x);
    x += correction;
    // Its square is the error that is left; a smaller bound would wait for rounding to be kind.
    if (Math.abs(correction) <= 1e-12 * x) break;
  }
  return Math.sqrt(nu) * Math.sinh(x);
}

function logCosh(x: number): number {
  return x + Math.log1p(Math.exp(-2 * x)) - Math.LN2;
}

/** ∫_0^end by Simpson's rule. */
function integral(values: (x: number) => number, end: number): number {
  const panels = 400;
  const step = end / panels;
  let sum = values(0) + values(end);
  for (let index = 1; index < panels; index++) sum += (index % 2 === 1 ? 4 : 2) * values(index * step);
  return (sum * step) / 3;
}
