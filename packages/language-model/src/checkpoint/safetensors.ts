import { explainFileError, nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError } from '../errors.js';
import { openFile } from '../files/disk.js';
import { type OpenedFile, readBytes } from '../files/opened-file.js';
import {
  checkRange,
  FLOAT_BYTES,
  type FloatType,
  fromFloat32,
  isFloatType,
  widenInPlace,
} from './float-formats.js';
import { MAX_HEADER_BYTES, parseSafetensorsHeader, type SafetensorsEntry } from './safetensors-header.js';

/** An open safetensors file: its tensors are read one at a time. */
export interface SafetensorsFile {
  readonly path: string;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** A tensor's numbers as float32. */
  read(tensor: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file and checks its header.
 *
 * @param source a path, or a file that is open already, which `close` closes
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`, `checkpoint-corrupt`; `read` also
 *   throws `missing-tensor`, and `unsupported-type` for numbers other than F32, F16 and BF16
 * @example
 * await writeSafetensors(`${directory}/one.safetensors`, [{ name: 'a', shape: [2], values: async () => Float32Array.of(1, 2) }]);
 * const file = await openSafetensors(`${directory}/one.safetensors`);
 * console.log([...file.entries.keys()]); // [ 'a' ]
 * await file.close();
 */
export async function openSafetensors(source: string | OpenedFile): Promise<SafetensorsFile> {
  const file = typeof source === 'string' ? await openFile(source) : source;
  const { path, size } = file;
  try {
    const corrupt = (message: string, expected: string, found: string): CheckpointError =>
      new CheckpointError('checkpoint-corrupt', message, { file: path, expected, found });
    if (size < 8) throw corrupt('the file is truncated.', 'at least 8 bytes', `${size}`);
    const length = Number(new DataView((await readBytes(file, 0, 8)).buffer).getBigUint64(0, true));
    if (length > MAX_HEADER_BYTES) {
      throw corrupt('the header is too long.', `at most ${MAX_HEADER_BYTES} bytes`, `${length}`);
    }
    if (length > size - 8)
      throw corrupt('the file is truncated.', `a header of ${length} bytes`, `${size - 8}`);
    const header = await readBytes(file, 8, length);
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    } catch (cause) {
      throw new CheckpointError('checkpoint-corrupt', 'the header is not UTF-8.', { file: path }, { cause });
    }
    const start = 8 + length;
    const entries = parseSafetensorsHeader(text, size - start, path);
    return {
      path,
      entries,
      read: async (tensor) => {
        const entry = entries.get(tensor);
        if (entry === undefined) {
          throw new CheckpointError('missing-tensor', 'the file has no such tensor.', { file: path, tensor });
        }
        const { dtype, begin, end } = entry;
        if (!isFloatType(dtype)) {
          throw new CheckpointError('unsupported-type', 'numbers of this type cannot be a weight.', {
            file: path,
            tensor,
            expected: Object.keys(FLOAT_BYTES).join(', '),
            found: dtype,
          });
        }
        const stored = end - begin;
        const buffer = new ArrayBuffer((4 * stored) / FLOAT_BYTES[dtype]);
        await file.fill(start + begin, new Uint8Array(buffer, buffer.byteLength - stored));
        return widenInPlace(buffer, dtype);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A tensor to be written: its values are asked for when its turn comes. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  values(): Promise<Float32Array>;
}

/** Numbers of a tensor of this shape. */
export function tensorSize(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Writes tensors as one safetensors file, one at a time, in place and without flushing; `makeWhole` of
 * `@ais/runtime/files` makes the file whole or not at all.
 *
 * @param options.dtype how numbers are stored; F32 by default
 * @throws {FileError} `disk-full`, `not-writable`
 * @throws {CheckpointError} `beyond-range` if a type cannot hold a number
 * @example
 * await writeSafetensors(`${directory}/two.safetensors`, [{ name: 'a', shape: [1], values: async () => Float32Array.of(1) }]);
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  { dtype = 'F32' }: { readonly dtype?: FloatType } = {},
): Promise<void> {
  const { open } = nodeBuiltin('node:fs/promises', 'Writing tensors');
  try {
    const file = await open(path, 'w');
    try {
      await file.writeFile(headOf(tensors, dtype));
      for (const tensor of tensors) {
        const values = await tensor.values();
        checkRange(values, dtype, { file: path, tensor: tensor.name });
        await file.writeFile(fromFloat32(values, dtype));
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw explainFileError(cause, path);
  }
}

/** The same file in memory, in float32. */
export async function safetensorsBytes(tensors: readonly TensorToWrite[]): Promise<Uint8Array<ArrayBuffer>> {
  const head = headOf(tensors, 'F32');
  const size = tensors.reduce((sum, { shape }) => sum + FLOAT_BYTES.F32 * tensorSize(shape), head.length);
  const bytes = new Uint8Array(size);
  bytes.set(head);
  let offset = head.length;
  for (const { values } of tensors) {
    const stored = fromFloat32(await values(), 'F32');
    bytes.set(stored, offset);
    offset += stored.length;
  }
  return bytes;
}

/** What a file begins with: the length of the header, and the header. */
function headOf(tensors: readonly TensorToWrite[], dtype: FloatType): Uint8Array {
  // `format: pt` is what `transformers` asks of a file that it is to open.
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const { name, shape } of tensors) {
    const bytes = FLOAT_BYTES[dtype] * tensorSize(shape);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces fill the header up, so that the data begins at a multiple of 8.
  const length = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, 8);
  return head;
}
