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
  throw refusal(owner, option, expected, value);
}

/**
 * The options over their defaults.
 *
 * @param owner the function whose options they are, as users call it
 * @param defaults of all options there are, undefined for one without a default; written over
 * @throws {ObjectivesError} `invalid-option` for what is no object, or an option that there is not: one that is misspelt would have no
 *   effect
 */
export function withDefaults<D extends object>(owner: string, options: object, defaults: D): D {
  if (typeof options !== 'object' || options === null) throw refusal(owner, 'options', 'an object', options);
  for (const [name, value] of Object.entries(options)) {
    if (!(name in defaults)) {
      throw invalid(owner, `there is no option ${name}, but ${Object.keys(defaults).join(', ')}`);
    }
    if (value !== undefined) defaults[name as keyof D] = value;
  }
  return defaults;
}

/**
 * Throws unless the option's value is one of the names that it may have.
 *
 * @param owner the function whose option it is, as users call it
 * @throws {ObjectivesError} `invalid-option`
 */
export function checkChoice(owner: string, option: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) throw refusal(owner, option, `one of ${choices.join(', ')}`, value);
}

/**
 * Throws unless the option's value is true or false: a word such as 'no' would count as true.
 *
 * @param owner the function whose option it is, as users call it
 * @throws {ObjectivesError} `invalid-option`
 */
export function checkFlag(owner: string, option: string, value: boolean): void {
  if (typeof value !== 'boolean') throw refusal(owner, option, 'true or false', value);
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

/** An error that says what an option must be. */
export function refusal(owner: string, option: string, expected: string, value: unknown): ObjectivesError {
  return invalid(owner, `${option} must be ${expected}, got ${shownOption(value)}`);
}

/** An error about an option. */
export function invalid(owner: string, what: string): ObjectivesError {
  return new ObjectivesError('invalid-option', `${owner}: ${what}.`);
}

/** The value of an option as messages show it: a word in quotes. */
export function shownOption(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
