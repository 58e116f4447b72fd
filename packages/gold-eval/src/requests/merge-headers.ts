import { GoldEvalError } from '../errors.js';

/**
 * Headers of several groups in one: a later group wins, however a name is written. `fetch` would join "Accept" and "accept".
 *
 * @throws {GoldEvalError} `invalid-option` for a header that cannot be sent, by its name alone: its value may be a secret
 */
export function mergeHeaders(...groups: readonly Readonly<Record<string, string>>[]): Headers {
  const merged = new Headers();
  for (const [name, value] of groups.flatMap((group) => Object.entries(group))) {
    try {
      merged.set(name, value);
    } catch {
      throw new GoldEvalError(
        'invalid-option',
        `the header ${JSON.stringify(name)} cannot be sent: a name is letters, digits, and dashes, and a value has no line breaks and ` +
          'no characters beyond Latin-1.',
      );
    }
  }
  return merged;
}
