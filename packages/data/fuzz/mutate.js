const EDGES = [0, 1, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 53 - 1];

/**
 * A copy of some bytes with one of: flipped bits, overwritten bytes, an integer set to an edge, a part removed, doubled
 * or moved, the end cut off, or bytes after the end.
 *
 * @param {Uint8Array} bytes
 * @param {(bound: number) => number} below a whole number in [0, bound)
 * @returns {Uint8Array}
 */
export function mutateBytes(bytes, below) {
  const { length } = bytes;
  const copy = bytes.slice();
  const span = () => {
    const start = below(length + 1);
    return [start, Math.min(length, start + below(below(2) ? 17 : length + 1))];
  };
  switch (below(8)) {
    case 0:
      for (let count = 1 + below(8); count > 0; count--) copy[below(length)] ^= 1 << below(8);
      return copy;
    case 1:
      for (let count = 1 + below(4); count > 0; count--) copy[below(length)] = below(256);
      return copy;
    case 2: {
      const at = below(length);
      let value = EDGES[below(EDGES.length)];
      for (let index = 0; index < 2 ** below(4) && at + index < length; index++) {
        copy[at + index] = value % 256;
        value = Math.floor(value / 256);
      }
      return copy;
    }
    case 3: {
      const [start, end] = span();
      return join(bytes.subarray(0, start), bytes.subarray(end));
    }
    case 4: {
      const [start, end] = span();
      return join(bytes.subarray(0, end), bytes.subarray(start));
    }
    case 5: {
      const [start, end] = span();
      const at = below(length + 1);
      return join(bytes.subarray(0, at), bytes.subarray(start, end), bytes.subarray(at + end - start));
    }
    case 6:
      return bytes.slice(0, below(2) ? below(length) : Math.max(0, length - below(17)));
    default:
      return join(
        bytes,
        Uint8Array.from({ length: 1 + below(16) }, () => below(256)),
      );
  }
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
