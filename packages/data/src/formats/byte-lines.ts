const LINE_BREAK = 0x0a;

/** A piece of a file that is longer than the limit; its bytes were passed over. */
export interface Overlong {
  readonly length: number;
}

/**
 * Cuts a stream of bytes into lines, without their line breaks; what follows the last line break is a line if it
 * is not empty.
 *
 * The pieces of a line that several chunks hold are joined once, so that long lines cost no more than short ones. Of
 * a line longer than the limit nothing is kept.
 */
export async function* byteLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array | Overlong> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  const add = (piece: Uint8Array): void => {
    length += piece.length;
    if (length > limit) pieces = [];
    else pieces.push(piece);
  };
  const take = (): Uint8Array | Overlong => {
    const line = length > limit ? { length } : join(pieces, length);
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end >= 0; end = chunk.indexOf(LINE_BREAK, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) yield take();
}

/** One array of several. */
export function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}
