import { ObjectivesError } from '../errors.js';

/**
 * Throws unless the option's value is a number for which `holds` is true.
 *
 * @param owner the function whose option it is, as users call it
 * @param expected what the value must be, such as "a number above 0"
 * @throws {ObjectivesError} `invalid-option`
 */
export function checkOption(
  owner: string,
  option: string,
  value: number,
  holds: (value: number) => boolean,
  expected: string,
): void {
  if (typeof value === 'number' && holds(value)) return;
  throw new ObjectivesError(
    'invalid-option',
    `${owner}: ${option} must be ${expected}, got ${typeof value === 'string' ? JSON.stringify(value) : String(value)}.`,
  );
}

/** Throws unless β is a finite number above 0. */
export function checkBeta(owner: string, beta: number): void {
  checkOption(owner, 'beta', beta, (x) => x > 0 && Number.isFinite(x), 'a finite number above 0');
}

/** Throws unless the label smoothing ε is in [0, ½]: above ½ the labels would be swapped. */
export function checkLabelSmoothing(owner: string, labelSmoothing: number): void {
  checkOption(
    owner,
    'labelSmoothing',
    labelSmoothing,
    (x) => x >= 0 && x <= 0.5,
    'a probability from 0 to 0.5',
  );
}
