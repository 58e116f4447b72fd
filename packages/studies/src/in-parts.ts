import type { Json, PartialWork } from '@ais/trainer';

/**
 * Does the parts of a piece of work that an earlier process has not done, keeps each when it is done, and closes the work.
 *
 * @param count of all parts
 * @returns the parts, in order
 * @throws what `compute` throws; the parts before it are kept
 */
export async function inParts<Part extends Json>(
  work: PartialWork<Part>,
  count: number,
  compute: (part: number) => Promise<Part>,
): Promise<Part[]> {
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
