import { DataError } from '../errors.js';

/**
 * Checks an option that is one of some words; types do not hold for what comes from a file.
 *
 * @throws {DataError} `invalid-option`
 */
export function requireOneOf(name: string, value: unknown, words: readonly [string, ...string[]]): void {
  if (words.some((word) => word === value)) return;
  throw new DataError(
    'invalid-option',
    `${name} must be ${words.map((word) => `'${word}'`).join(' or ')}, got ${shown(value)}.`,
  );
}

/**
 * Checks an option that counts something.
 *
 * @throws {DataError} `invalid-option`
 */
export function requireInteger(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new DataError('invalid-option', `${name} must be an integer ≥ ${least}, got ${shown(value)}.`);
}

/**
 * Checks an option that is the most of something; `Infinity` is no limit.
 *
 * @throws {DataError} `invalid-option`
 */
export function requireMost(name: string, value: unknown): void {
  if (value !== Number.POSITIVE_INFINITY) requireInteger(name, value, 0);
}

/** A value for a message: text in quotes, so that "1" is not taken for 1. */
export function shown(value: unknown): string {
  return typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
}
