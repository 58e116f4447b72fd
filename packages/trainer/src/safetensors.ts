import { open, readFile } from 'node:fs/promises';
import { TrainerError } from './errors.js';

/** A float32 array and its shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Writes float32 tensors as a safetensors file, which Python's `safetensors` opens too.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
): Promise<void> {
  const header: Record<string, Entry> = {};
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = JSON.stringify(header);
  // The format asks for data that begins at a multiple of 8; spaces may end the header.
  const json = Buffer.from(text.padEnd(text.length + ((8 - (Buffer.byteLength(text) % 8)) % 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = await open(path, 'w');
  try {
    await file.writeFile(length);
    await file.writeFile(json);
    for (const { values } of tensors.values()) {
      await file.writeFile(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    }
  } finally {
    await file.close();
  }
}

/**
 * Reads a safetensors file of float32 tensors.
 *
 * @throws {TrainerError} `checkpoint-mismatch` where the file is none
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const content = await readFile(path);
  const broken = (what: string): TrainerError =>
    new TrainerError('checkpoint-mismatch', `${path} is no safetensors file of float32 tensors: ${what}.`);
  if (content.length < 8) throw broken('it is too short');
  const start = 8 + Number(content.readBigUInt64LE(0));
  if (start > content.length) throw broken('its header is cut off');
  const header = JSON.parse(content.toString('utf8', 8, start)) as Record<string, Entry>;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        if (dtype !== 'F32' || start + to > content.length) throw broken(`${name} is ${dtype}, or cut off`);
        // A copy, since the bytes of a file need not lie at a multiple of 4 in memory.
        const bytes = Uint8Array.from(content.subarray(start + from, start + to));
        return [name, { shape, values: new Float32Array(bytes.buffer) }];
      },
    ),
  );
}
