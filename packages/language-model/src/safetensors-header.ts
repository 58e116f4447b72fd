import { CheckpointError } from './errors.js';

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

const BITS: Readonly<Record<string, number>> = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
};

/**
 * Reads and checks the header, as the Rust reference does: no key twice, known types, sizes that follow from the
 * shapes, and data that fills the rest of the file without gap or overlap.
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
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError('checkpoint-corrupt', 'the header is not JSON.', { file }, { cause });
  }
  if (!isRecord(json)) return corrupt('the header is no JSON object.');
  const twice = repeatedKey(text);
  if (twice !== undefined) corrupt('the header has a key twice.', { found: JSON.stringify(twice) });

  const entries = new Map<string, SafetensorsEntry>();
  for (const [tensor, value] of Object.entries(json)) {
    if (tensor === '__metadata__') {
      if (!isRecord(value) || Object.values(value).some((entry) => typeof entry !== 'string')) {
        corrupt('__metadata__ must map text to text.');
      }
      continue;
    }
    if (!isRecord(value)) return corrupt('its header entry is no object.', { tensor });
    const { dtype, shape, data_offsets: offsets } = value;
    const bits = typeof dtype === 'string' && Object.hasOwn(BITS, dtype) ? BITS[dtype] : undefined;
    if (bits === undefined) {
      return corrupt('its type is unknown.', {
        tensor,
        expected: `one of ${Object.keys(BITS).join(', ')}`,
        found: JSON.stringify(dtype),
      });
    }
    if (!Array.isArray(shape) || !shape.every(isSize)) {
      return corrupt('its shape is none.', { tensor, expected: 'sizes', found: JSON.stringify(shape) });
    }
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
      return corrupt('its place is none.', {
        tensor,
        expected: 'two offsets',
        found: JSON.stringify(offsets),
      });
    }
    const [begin, end] = offsets as [number, number];
    const bytes = shape.reduce((product: number, size: number) => product * size, 1) * (bits / 8);
    if (!Number.isSafeInteger(bytes) || end - begin !== bytes) {
      corrupt('its place does not fit its shape and type.', {
        tensor,
        expected: `${bytes} bytes for ${dtype} [${shape.join(', ')}]`,
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
    corrupt(next > dataBytes ? 'the file is truncated.' : 'the file goes on after its last tensor.', {
      expected: `${next} bytes of data`,
      found: `${dataBytes}`,
    });
  }
  return entries;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A key that an object of this JSON text has twice; `JSON.parse` keeps the last one silently. */
function repeatedKey(text: string): string | undefined {
  // Strings and braces are all that matters: a string right before a colon is a key of the innermost object.
  const open: Set<string>[] = [];
  for (const [token, string] of text.matchAll(/("(?:[^"\\]|\\.)*")(?=\s*:)|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (string !== undefined) {
      const key = JSON.parse(string) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
