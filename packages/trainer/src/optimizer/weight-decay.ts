import { TimeLimitReached, withinTime } from '@ais/runtime/process';
import { TrainerError } from '../errors.js';

/**
 * Parameters that weight decay leaves alone by default, as `transformers` and TRL do: biases, and the gains of norms.
 *
 * The first five are `transformers`' own patterns; it also knows norms by their class, which takes one more pattern for
 * those called `ln_1` or `ln_f`.
 *
 * @see `Trainer.get_decay_parameter_names` of `transformers`
 */
export const DECAY_EXCEPT: readonly string[] = [
  'bias',
  'layernorm',
  'rmsnorm',
  '(?:^|\\.)norm(?:$|\\.)',
  '_norm(?:$|\\.)',
  '(?:^|\\.)ln_[^.]+(?:$|\\.)',
];

/**
 * Makes what tells whether a parameter decays.
 *
 * @param except regular expressions, upper or lower case; a parameter whose name matches one of them does not decay
 * @returns throws {TrainerError} `invalid-option` if the patterns take longer than a second on a name
 * @throws {TrainerError} `invalid-option` naming the pattern that is not a regular expression
 */
export function decaysBy(except: readonly string[] = DECAY_EXCEPT): (name: string) => boolean {
  const patterns = except.map((pattern) => {
    try {
      return new RegExp(pattern, 'i');
    } catch (cause) {
      throw new TrainerError(
        'invalid-option',
        `adamw.decayExcept: ${JSON.stringify(pattern)} is not a regular expression.`,
        { cause },
      );
    }
  });
  return (name) => {
    try {
      return !withinTime(1000, () => patterns.some((pattern) => pattern.test(name)));
    } catch (cause) {
      if (!(cause instanceof TimeLimitReached)) throw cause;
      throw new TrainerError(
        'invalid-option',
        `adamw.decayExcept: ${JSON.stringify(except)} takes too long on ${name}: ${cause.message}. Write patterns without repetitions in repetitions.`,
        { cause },
      );
    }
  };
}
