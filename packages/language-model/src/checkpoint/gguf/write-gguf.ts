import { explainFileError, nodeBuiltin } from '@ais/runtime/files';
import { type TensorToWrite, tensorSize } from '../safetensors.js';
import { numbersToStore, type WrittenType } from './stored-numbers.js';
import { storedBytes, tensorTypeNamed } from './tensor-types.js';

/** An entry of the metadata: its key, its type, and its value. */
export type MetadataToWrite =
  | readonly [key: string, type: 'uint32' | 'float32', value: number]
  | readonly [key: string, type: 'bool', value: boolean]
  | readonly [key: string, type: 'string', value: string]
  | readonly [key: string, type: 'strings', value: readonly string[]]
  | readonly [key: string, type: 'int32s' | 'float32s', value: readonly number[]];

/** A tensor, and how its numbers are stored. */
export interface GgufTensorToWrite extends TensorToWrite {
  readonly type: WrittenType;
}

const ALIGNMENT = 32;

/**
 * Writes a GGUF file, one tensor at a time, in place and without flushing; `makeWhole` of `@ais/runtime/files` makes the
 * file whole or not at all.
 *
 * @throws {FileError} `disk-full`, `not-writable`
 * @throws {CheckpointError} `beyond-range` if a type cannot hold a number
 */
export async function writeGguf(
  path: string,
  metadata: readonly MetadataToWrite[],
  tensors: readonly GgufTensorToWrite[],
): Promise<void> {
  const { open } = nodeBuiltin('node:fs/promises', 'Writing tensors');
  try {
    const file = await open(path, 'w');
    try {
      await file.writeFile(header(metadata, tensors));
      for (const { name, type, values } of tensors) {
        await file.writeFile(padded(numbersToStore(await values(), type, { file: path, tensor: name })));
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw explainFileError(cause, path);
  }
}

function header(metadata: readonly MetadataToWrite[], tensors: readonly GgufTensorToWrite[]): Uint8Array {
  const parts: Uint8Array[] = [
    text('GGUF'),
    uint32(3),
    uint64(tensors.length),
    uint64(metadata.length),
    ...metadata.flatMap((entry) => [string(entry[0]), ...value(entry)]),
  ];
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    const stored = tensorTypeNamed(type);
    parts.push(
      string(name),
      uint32(shape.length),
      ...shape.toReversed().map(uint64),
      uint32(stored.id),
      uint64(offset),
    );
    offset += aligned(storedBytes(stored, tensorSize(shape)));
  }
  return padded(joined(parts));
}

function value([, type, content]: MetadataToWrite): Uint8Array[] {
  switch (type) {
    case 'uint32':
      return [uint32(4), uint32(content)];
    case 'float32':
      return [uint32(6), bytesOf(Float32Array.of(content))];
    case 'bool':
      return [uint32(7), Uint8Array.of(Number(content))];
    case 'string':
      return [uint32(8), string(content)];
    case 'strings':
      return [uint32(9), uint32(8), uint64(content.length), ...content.map(string)];
    case 'int32s':
      return [uint32(9), uint32(5), uint64(content.length), bytesOf(Int32Array.from(content))];
    case 'float32s':
      return [uint32(9), uint32(6), uint64(content.length), bytesOf(Float32Array.from(content))];
  }
}

const encoder = new TextEncoder();

function text(content: string): Uint8Array {
  return encoder.encode(content);
}

function string(content: string): Uint8Array {
  const bytes = text(content);
  return joined([uint64(bytes.length), bytes]);
}

function uint32(number: number): Uint8Array {
  return bytesOf(Uint32Array.of(number));
}

function uint64(number: number): Uint8Array {
  return bytesOf(BigUint64Array.of(BigInt(number)));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % ALIGNMENT === 0
    ? bytes
    : joined([bytes, new Uint8Array(aligned(bytes.length) - bytes.length)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
