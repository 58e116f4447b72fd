import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { shownOption, withDefaults } from '../contract/check-option.js';
import { ObjectivesError } from '../errors.js';

/** Bounds on the logarithm of a weight or a ratio, in nats; unbounded by default. */
export interface ClipBounds {
  readonly lower?: number;
  /** For log w the authors' later paper uses 2ε with ε = 0.25, which is 0.5. */
  readonly upper?: number;
}

/** Bounds, and what becomes of a ratio outside. */
export interface RatioBounds extends ClipBounds {
  /** The nearest bound (`'truncate'`, the default), or a weight of 0 (`'mask'`). */
  readonly outside?: 'truncate' | 'mask';
}

/** What bounds made of logarithms. */
export interface Bounded {
  /** Within the bounds. */
  readonly logs: Tensor1D;
  /** 1 out of bounds, otherwise 0; a constant. */
  readonly outside: Tensor1D;
}

/** Whether there is a bound at all. */
export function isBounded({ lower, upper }: ClipBounds): boolean {
  return lower !== undefined || upper !== undefined;
}

/** Whether weights can become 0. */
export function masks({ outside }: RatioBounds): boolean {
  return outside === 'mask';
}

/**
 * Throws unless both bounds are numbers, the lower bound is no greater than the upper one, and `outside` has bounds to be outside of.
 *
 * @throws {ObjectivesError} `invalid-option`
 */
export function checkBounds(owner: string, option: string, bounds: RatioBounds): void {
  const { lower, upper, outside } = withDefaults(`${owner}: ${option}`, bounds, {
    lower: Number.NEGATIVE_INFINITY,
    upper: Number.POSITIVE_INFINITY,
    outside: undefined as RatioBounds['outside'],
  });
  const refuse = (what: string): ObjectivesError =>
    new ObjectivesError('invalid-option', `${owner}: ${option} ${what}.`);
  if (!(typeof lower === 'number' && typeof upper === 'number' && lower <= upper)) {
    const [from, to] = [lower, upper].map(shownOption);
    throw refuse(`must have a lower bound no greater than its upper bound, got ${from} and ${to}`);
  }
  if (outside !== undefined && outside !== 'truncate' && outside !== 'mask') {
    throw refuse(`must have outside: 'truncate' or 'mask', got ${JSON.stringify(outside)}`);
  }
  if (outside !== undefined && !isBounded(bounds)) {
    throw refuse('says what becomes of ratios out of bounds, and has no bound; give it lower or upper');
  }
}

/** Applies bounds to logarithms; a bound that applies leaves no gradient. */
export function applyBounds(logs: Tensor1D, { lower = -Infinity, upper = Infinity }: ClipBounds): Bounded {
  return {
    logs: tf.maximum(tf.minimum(logs, upper), lower) as Tensor1D,
    // A step has a gradient of 0.
    outside: tf.add<Tensor1D>(tf.step(tf.sub(lower, logs)), tf.step(tf.sub(logs, upper))),
  };
}
