import { flagOf } from './command-line.js';
import { UsageError } from './usage-error.js';

/**
 * Refuses flags whose settings come from the folder that is resumed, where they would be ignored.
 *
 * @param flags by their names in camel case; what is undefined, false, or an empty list was not given
 * @throws {UsageError} naming the flags that were given
 */
export function rejectFlagsWithResume(out: string, flags: Readonly<Record<string, unknown>>): void {
  const isGiven = (value: unknown): boolean =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  const given = Object.keys(flags).filter((name) => isGiven(flags[name]));
  if (given.length === 0) return;
  throw new UsageError(
    `--resume keeps the settings that ${out} was started with. Leave out ${given.map(flagOf).join(', ')}, ` +
      'or give another --out and no --resume: finished stages of the same store are used again.',
  );
}
