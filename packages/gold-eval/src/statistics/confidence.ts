import { GoldEvalError } from '../errors.js';

export function checkConfidence(confidence: number): void {
  if (!(confidence > 0 && confidence < 1)) {
    throw new GoldEvalError(
      'invalid-option',
      `confidence must lie between 0 and 1, got ${confidence}; the default is 0.95.`,
    );
  }
}

/**
 * Bonferroni's confidence 1 − (1 − confidence)/count of each of several intervals, at which all of them hold at once with
 * the confidence asked for.
 *
 * @param count how many intervals, at least 1
 * @throws {GoldEvalError} `invalid-option` for a confidence outside (0, 1), or a count below 1
 * @example
 * console.log(simultaneousConfidence(3).toFixed(4)); // 0.9833
 */
export function simultaneousConfidence(count: number, confidence: number = 0.95): number {
  checkConfidence(confidence);
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new GoldEvalError(
      'invalid-option',
      `the number of intervals must be an integer ≥ 1, got ${count}.`,
    );
  }
  return 1 - (1 - confidence) / count;
}
