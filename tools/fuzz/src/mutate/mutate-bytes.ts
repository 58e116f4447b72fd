import type { Random } from '@ais/runtime';

/** Numbers around which sizes and offsets go wrong. */
const EDGES = [
  0n,
  1n,
  7n,
  8n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  99_999_999n,
  100_000_000n,
  100_000_001n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 8n,
  2n ** 64n - 1n,
];

/** An integer that sizes and offsets go wrong at, or one near `value`. */
export function edgeInteger(random: Random, value = 0n): bigint {
  if (random.uniform() < 0.4) return BigInt.asUintN(64, value + BigInt(random.integer(33) - 16));
  return EDGES[random.integer(EDGES.length)] as bigint;
}

/**
 * A copy of some bytes with one of: flipped bits, overwritten bytes, an integer of 1 to 8 bytes set to an edge, a
 * part removed, doubled, swapped, or taken from another file, the end cut off, or bytes after the end.
 *
 * @param other where to take a foreign part from
 */
export function mutateBytes(bytes: Uint8Array, random: Random, other: Uint8Array = bytes): Uint8Array {
  const { length } = bytes;
  const place = (): number => random.integer(Math.max(1, length));
  const span = (limit: number): [number, number] => {
    const start = random.integer(limit + 1);
    const most = random.uniform() < 0.5 ? 16 : limit;
    return [start, Math.min(limit, start + random.integer(most + 1))];
  };
  switch (random.integer(8)) {
    case 0: {
      const result = bytes.slice();
      for (let count = 1 + random.integer(8); count > 0 && length > 0; count--) {
        const at = place();
        result[at] = (result[at] as number) ^ (1 << random.integer(8));
      }
      return result;
    }
    case 1: {
      const result = bytes.slice();
      for (let count = 1 + random.integer(4); count > 0 && length > 0; count--)
        result[place()] = random.integer(256);
      return result;
    }
    case 2: {
      const result = bytes.slice();
      const width = 2 ** random.integer(4);
      const at = place();
      const value = edgeInteger(random);
      for (let index = 0; index < width && at + index < length; index++) {
        result[at + index] = Number((value >> BigInt(8 * index)) & 0xffn);
      }
      return result;
    }
    case 3: {
      const [start, end] = span(length);
      return joined(bytes.subarray(0, start), bytes.subarray(end));
    }
    case 4: {
      const [start, end] = span(length);
      return joined(bytes.subarray(0, end), bytes.subarray(start));
    }
    case 5: {
      const [start, end] = span(other.length);
      const at = place();
      const replaced = random.uniform() < 0.5 ? end - start : 0;
      return joined(bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(at + replaced));
    }
    case 6:
      return bytes.slice(0, random.uniform() < 0.5 ? place() : Math.max(0, length - random.integer(17)));
    default:
      return joined(
        bytes,
        Uint8Array.from({ length: 1 + random.integer(16) }, () => random.integer(256)),
      );
  }
}

/** Some pieces in one. */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}
