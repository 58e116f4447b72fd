import { join, type Overlong } from './byte-lines.js';
import { UnexpectedEnd } from './chunk-reader.js';
import { isBlank, startOf } from './text-faults.js';

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts a stream of bytes that is one JSON array into its elements, of which each is JSON if the whole is.
 *
 * Only brackets, quotes and commas are looked at, so that an element is in memory and nothing else. Of one that is longer
 * than the limit nothing is kept.
 *
 * @throws {UnexpectedEnd} where the array does not end; Error where this is no array, or something follows it
 */
export async function* jsonElements(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array | Overlong> {
  let state: 'before' | 'within' | 'after' = 'before';
  let depth = 0;
  let isString = false;
  let isEscaped = false;
  let pieces: Uint8Array[] = [];
  let length = 0;
  let isFirst = true;
  const add = (piece: Uint8Array): void => {
    length += piece.length;
    if (length > limit) pieces = [];
    else pieces.push(piece);
  };
  const take = (): Uint8Array | Overlong => {
    const element = length > limit ? { length } : join(pieces, length);
    pieces = [];
    length = 0;
    return element;
  };
  for await (const chunk of chunks) {
    let start = 0;
    let index = 0;
    if (state === 'before') {
      index = isFirst ? startOf(chunk) : 0;
      isFirst = false;
      while (index < chunk.length && isBlank(chunk.subarray(index, index + 1))) index++;
      if (index === chunk.length) continue;
      if (chunk[index] !== OPEN_LIST) throw new Error('it does not start with a bracket');
      state = 'within';
      start = ++index;
    }
    for (; state === 'within' && index < chunk.length; index++) {
      const byte = chunk[index];
      if (isString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isString = false;
      } else if (byte === QUOTE) isString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
      else if ((byte === CLOSE_LIST || byte === CLOSE_OBJECT) && depth > 0) depth--;
      else if (depth === 0 && (byte === COMMA || byte === CLOSE_LIST)) {
        add(chunk.subarray(start, index));
        const element = take();
        start = index + 1;
        if (byte === CLOSE_LIST) state = 'after';
        yield element;
      }
    }
    if (state === 'within') add(chunk.subarray(start));
    else if (!isBlank(chunk.subarray(start))) throw new Error('something follows the array');
  }
  if (state !== 'after') throw new UnexpectedEnd();
}
