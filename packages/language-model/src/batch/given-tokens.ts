import { LanguageModelError } from '../errors.js';

/** The same sequences with their tokens in lists of any kind, typed arrays among them. */
export type AnyTokens<Sequence> = { readonly [Field in keyof Sequence]: ArrayLike<number> };

/**
 * Tokens as an array: methods of typed arrays return typed arrays, which hold no lists and round weights.
 *
 * @param where what they are, such as `sequence 0`
 * @throws {LanguageModelError} `invalid-tokens` for what is no list
 */
export function tokensGiven(tokens: ArrayLike<number>, where: string): readonly number[] {
  if (Array.isArray(tokens)) return tokens;
  const given: ArrayLike<number> | null | undefined = tokens;
  if (typeof given === 'object' && typeof given?.length === 'number') return Array.from(given);
  throw new LanguageModelError('invalid-tokens', `${where} is no list of tokens; give an array of integers.`);
}

/** Lists of tokens, as arrays. */
export function rowsGiven(rows: readonly ArrayLike<number>[], what = 'sequence'): (readonly number[])[] {
  return rows.map((tokens, index) => tokensGiven(tokens, `${what} ${index}`));
}

/** The named fields of sequences, as arrays. */
export function sequencesGiven<Field extends string>(
  sequences: readonly { readonly [Name in Field]: ArrayLike<number> }[],
  fields: readonly Field[],
  what = 'sequence',
): { readonly [Name in Field]: readonly number[] }[] {
  return sequences.map(
    (sequence, index) =>
      Object.fromEntries(
        fields.map((field) => [field, tokensGiven(sequence[field], `the ${field} of ${what} ${index}`)]),
      ) as { readonly [Name in Field]: readonly number[] },
  );
}
