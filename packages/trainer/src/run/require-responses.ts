import { TrainerError } from '../errors.js';

/**
 * Checks that there is something to learn from every example: the mean over a batch of empty responses would be 0/0, and which examples
 * fall into one batch is up to the seed.
 *
 * @param kind names an example: `pair`
 * @param lackOf what an example lacks, as in "has no response token"; undefined where it lacks nothing
 * @throws {TrainerError} `invalid-option` naming the first example that lacks something
 */
export function requireResponses<Example extends { readonly id?: string }>(
  kind: string,
  examples: Iterable<Example>,
  lackOf: (example: Example) => string | undefined,
): void {
  let index = 0;
  for (const example of examples) {
    const lack = lackOf(example);
    if (lack !== undefined) {
      throw new TrainerError(
        'invalid-option',
        `There is nothing to learn from ${kind} ${JSON.stringify(example.id ?? index)}, which has ${lack}. Leave out examples with empty responses.`,
      );
    }
    index += 1;
  }
}

/** Of pairs, as {@link requireResponses}: both responses need a token. */
export function requirePairResponses(
  pairs: Iterable<{ readonly id?: string } & Record<'chosen' | 'rejected', readonly number[]>>,
): void {
  requireResponses('pair', pairs, (pair) => {
    const side = (['chosen', 'rejected'] as const).find((name) => pair[name].length === 0);
    return side && `an empty ${side} response`;
  });
}
