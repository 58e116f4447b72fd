import { createHash } from 'node:crypto';
import type { Parameters } from '../optimizer/adamw.js';

/**
 * SHA-256 over a model's parameters: names, shapes, and every bit of the values, in order.
 *
 * @param parameters by name; one is read at a time
 * @returns 64 hexadecimal digits
 */
export async function fingerprintParameters(parameters: Parameters): Promise<string> {
  const hash = createHash('sha256');
  for (const [name, variable] of parameters) {
    const values = await variable.data<'float32'>();
    hash.update(JSON.stringify([name, variable.shape]));
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/**
 * SHA-256 over training examples: their identifiers and tokens, in order.
 *
 * @param examples plain values, such as tokenized pairs
 * @returns 64 hexadecimal digits
 */
export function fingerprintExamples(examples: Iterable<unknown>): string {
  const hash = createHash('sha256');
  for (const example of examples) hash.update(`${JSON.stringify(example)}\n`);
  return hash.digest('hex');
}
