import { CheckpointError, shown } from '../errors.js';

/**
 * Reads an `eos_token_id`: a token, a list of them, or null for none. Numbers that are no tokens, such as -1, are among them;
 * the caller, which knows the vocabulary, leaves them out.
 *
 * @throws {CheckpointError} `checkpoint-corrupt`
 */
export function readEndTokens(value: unknown, file: string): number[] {
  const tokens: readonly unknown[] = value === undefined || value === null ? [] : [value].flat();
  for (const token of tokens) {
    if (Number.isSafeInteger(token)) continue;
    throw new CheckpointError('checkpoint-corrupt', 'its eos_token_id cannot be read.', {
      file,
      expected: 'a token, a list of tokens, or null',
      found: shown(value),
    });
  }
  return [...new Set(tokens as readonly number[])];
}

/** Writes end-of-text tokens as an `eos_token_id`. */
export function writeEndTokens(tokens: readonly number[]): number | readonly number[] | null {
  const [only = null] = tokens;
  return tokens.length > 1 ? tokens : only;
}
