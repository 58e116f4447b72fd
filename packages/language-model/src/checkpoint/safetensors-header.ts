import { CheckpointError, shown } from '../errors.js';
import { isIndex, isRecord } from '../files/json.js';

/** A tensor's entry in the header of a safetensors file. */
export interface SafetensorsEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** As the Rust reference has it. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Bits of a number of each type that safetensors 0.8 knows. */
const BITS: Readonly<Record<string, number>> = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  C64: 64,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
};

/**
 * Reads and checks the header, as the Rust reference does: known types, sizes that follow from the shapes without
 * overflow, and data that fills the rest of the file without gap or overlap; and as the format's description asks:
 * a `{` first, no key twice.
 *
 * @param text the header, JSON
 * @param dataBytes bytes after the header
 * @throws {CheckpointError} `checkpoint-corrupt` naming file, tensor, expected and found
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseSafetensorsHeader(
  text: string,
  dataBytes: number,
  file: string,
): Map<string, SafetensorsEntry> {
  const corrupt = (
    message: string,
    fault: { tensor?: string; expected?: string; found?: string } = {},
  ): never => {
    throw new CheckpointError('checkpoint-corrupt', message, { file, ...fault });
  };
  if (!text.startsWith('{')) {
    return corrupt('the header is not a JSON object.', {
      expected: '{ first',
      found: shown(text.slice(0, 1)),
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError('checkpoint-corrupt', 'the header is not JSON.', { file }, { cause });
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) corrupt('the header has the same key twice.', { found: shown(twice) });

  const entries = new Map<string, SafetensorsEntry>();
  for (const [tensor, value] of Object.entries(json as object)) {
    if (tensor === '__metadata__') {
      if (!isRecord(value) || Object.values(value).some((entry) => typeof entry !== 'string')) {
        corrupt('__metadata__ must map text to text.');
      }
      continue;
    }
    if (!isRecord(value)) return corrupt('its header entry is not an object.', { tensor });
    const { dtype, shape, data_offsets: offsets } = value;
    const bits = typeof dtype === 'string' && Object.hasOwn(BITS, dtype) ? BITS[dtype] : undefined;
    if (bits === undefined) {
      return corrupt('its type is unknown.', {
        tensor,
        expected: `one of ${Object.keys(BITS).join(', ')}`,
        found: shown(dtype),
      });
    }
    if (!Array.isArray(shape) || !shape.every(isIndex)) {
      return corrupt('its shape cannot be read.', { tensor, expected: 'sizes', found: shown(shape) });
    }
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isIndex)) {
      return corrupt('its place cannot be read.', { tensor, expected: 'two offsets', found: shown(offsets) });
    }
    const [begin, end] = offsets as [number, number];
    // Every partial product is checked: a size of 0 behind an overflow would hide it.
    let numbers = 1;
    for (const size of shape as number[]) numbers = isIndex(numbers * size) ? numbers * size : Number.NaN;
    const bytes = (numbers * bits) / 8;
    if (!isIndex(bytes)) {
      corrupt('its size overflows, or is not in whole bytes, so the file is damaged. Get it again.', {
        tensor,
        expected: `${bits} bits a number, in whole bytes`,
        found: shown(shape),
      });
    }
    if (end - begin !== bytes) {
      corrupt('its place does not fit its shape and type.', {
        tensor,
        expected: `${bytes} bytes for ${dtype} ${shown(shape)}`,
        found: `${end - begin}`,
      });
    }
    entries.set(tensor, { dtype: dtype as string, shape, begin, end });
  }

  let next = 0;
  for (const [tensor, { begin, end }] of [...entries].sort(
    ([, a], [, b]) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== next) {
      corrupt('the data has a gap or an overlap before it.', {
        tensor,
        expected: `to begin at byte ${next}`,
        found: `${begin}`,
      });
    }
    next = end;
  }
  if (next !== dataBytes) {
    corrupt(next > dataBytes ? 'the file is truncated.' : 'the file continues after its last tensor.', {
      expected: `${next} bytes of data`,
      found: `${dataBytes}`,
    });
  }
  return entries;
}

/**
 * A key that an object of this JSON text has twice; `JSON.parse` keeps the last one silently.
 *
 * One pass over text that is JSON already, so only strings and braces matter: a string right before a colon is a key
 * of the innermost object. (A regular expression over whole strings would overflow its stack on one of megabytes.)
 */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  const next = /["{}]/g;
  const colon = /[ \t\r\n]*:/y;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    const [token] = found;
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else {
      const end = stringEnd(text, found.index + 1);
      next.lastIndex = end;
      colon.lastIndex = end;
      if (!colon.test(text)) continue;
      const key = JSON.parse(text.slice(found.index, end)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** The place after a JSON string's closing quote, which no odd number of backslashes precedes. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text[before - 1] === '\\') before -= 1;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
  return text.length;
}
