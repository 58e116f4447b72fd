import { createHash } from 'node:crypto';
import { effectiveParameter } from '@ais/language-model';
import type { Parameters } from '../optimizer/adamw.js';

/**
 * SHA-256 over a model's parameters, its adapters added: names, shapes, and every bit of the values, in order.
 *
 * @param parameters by name; one is read at a time
 * @returns 64 hexadecimal digits
 * @example
 * console.log((await fingerprintParameters(policy.parameters)).length); // 64
 */
export async function fingerprintParameters(parameters: Parameters): Promise<string> {
  const hash = createHash('sha256');
  for (const [name, { shape }] of parameters) {
    const effective = effectiveParameter(parameters, name);
    const values = await effective.data<'float32'>();
    effective.dispose();
    hash.update(JSON.stringify([name, shape]));
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/**
 * SHA-256 over training examples: their identifiers and tokens, in order.
 *
 * @param examples plain values, such as tokenized pairs
 * @returns 64 hexadecimal digits
 * @example
 * console.log(fingerprintExamples(pairs) === fingerprintExamples([...pairs].reverse())); // false
 */
export function fingerprintExamples(examples: Iterable<unknown>): string {
  const known = fingerprints.get(examples);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  let lines = '';
  for (const example of examples) {
    lines += `${JSON.stringify(example)}\n`;
    if (lines.length < HASHED_AT_ONCE) continue;
    hash.update(lines);
    lines = '';
  }
  const fingerprint = hash.update(lines).digest('hex');
  // An array may be changed; what is left in a file stays as it is.
  if (!Array.isArray(examples)) fingerprints.set(examples, fingerprint);
  return fingerprint;
}

const fingerprints = new WeakMap<Iterable<unknown>, string>();

/** Characters: each call costs what hashing some hundred bytes does. */
const HASHED_AT_ONCE = 1 << 16;
