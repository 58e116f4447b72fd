import { ConfigurationMismatch, type Json, type JsonObject, openPartialWork } from '@ais/trainer';

/**
 * Does long work that falls into parts, and keeps each part in a file when it is done: what an interrupted attempt has done is
 * not done again.
 *
 * @param path of that file; to be removed once the whole result stands elsewhere
 * @param inputs everything that the parts depend on; parts of other inputs are of no use, and go
 * @returns the parts, in order
 * @throws what `compute` throws; the parts before it are kept
 */
export async function inParts<Part extends Json>(
  path: string,
  inputs: JsonObject,
  count: number,
  compute: (part: number) => Promise<Part>,
): Promise<Part[]> {
  const work = await openPartialWork<Part>(path, inputs, true).catch((error: unknown) => {
    if (error instanceof ConfigurationMismatch) return openPartialWork<Part>(path, inputs, false);
    throw error;
  });
  const parts: Part[] = [];
  try {
    for (let part = 0; part < count; part++) {
      let value = work.done.get(part);
      if (value === undefined) {
        value = await compute(part);
        await work.keep(part, value);
      }
      parts.push(value);
    }
  } finally {
    await work.close();
  }
  return parts;
}
