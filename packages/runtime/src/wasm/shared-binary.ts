// Sections of a WebAssembly module, and what of them says that it imports or has a memory.
const IMPORTS = 2;
const MEMORY = 5;
const IMPORTED_MEMORY = 2;

/** Limits with a highest number of pages, of a memory that threads share. */
const SHARED = 3;
const MOST_PAGES = 2 ** 16;

/**
 * A WebAssembly module as it is, but for its memory, which threads can share: that takes a flag, and a highest number of
 * pages. A module that has a memory is changed, and one that imports a memory and nothing else.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html
 */
export function sharedBinary(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: (readonly number[] | Uint8Array)[] = [binary.subarray(0, 8)];
  let at = 8;
  while (at < binary.length) {
    const id = binary[at] as number;
    const size = readNumber(binary, at + 1);
    const end = size.end + size.value;
    const limitsAt = placeOfLimits(binary, id, size.end);
    if (limitsAt === undefined) {
      parts.push(binary.subarray(at, end));
    } else {
      const content = [...binary.subarray(size.end, limitsAt), ...sharedLimits(binary, limitsAt)];
      parts.push([id, ...numberBytes(content.length), ...content]);
    }
    at = end;
  }
  const shared = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of parts) {
    shared.set(part, to);
    to += part.length;
  }
  return shared;
}

/** Where the limits of the section's one memory are, if it has one. */
function placeOfLimits(binary: Uint8Array, id: number, from: number): number | undefined {
  if (id === MEMORY) return from + 1;
  if (id !== IMPORTS || binary[from] !== 1) return undefined;
  let at = from + 1;
  for (let name = 0; name < 2; name++) {
    const length = readNumber(binary, at);
    at = length.end + length.value;
  }
  return binary[at] === IMPORTED_MEMORY ? at + 1 : undefined;
}

function sharedLimits(binary: Uint8Array, at: number): number[] {
  const least = readNumber(binary, at + 1);
  const most = (binary[at] as number) & 1 ? readNumber(binary, least.end).value : MOST_PAGES;
  return [SHARED, ...numberBytes(least.value), ...numberBytes(most)];
}

/** An unsigned number in LEB128. */
function readNumber(binary: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let place = 0; ; place++) {
    const byte = binary[at + place] as number;
    value += (byte & 127) * 2 ** (7 * place);
    if (byte < 128) return { value, end: at + place + 1 };
  }
}

function numberBytes(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...numberBytes(Math.floor(value / 128))];
}
