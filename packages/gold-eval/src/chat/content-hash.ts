import { GoldEvalError } from '../errors.js';

/**
 * SHA-256 of a JSON value, in hexadecimal; the order of an object's keys does not matter.
 *
 * @throws {GoldEvalError} `insecure-context` in a page that came over plain http, to which browsers give no `crypto.subtle`
 */
export async function contentHash(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value, sortedKeys));
  const { subtle }: { subtle?: SubtleCrypto } = crypto;
  if (!subtle) {
    throw new GoldEvalError(
      'insecure-context',
      'answers are kept by their SHA-256, which browsers have in secure contexts only; serve the page over https or from localhost.',
    );
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
