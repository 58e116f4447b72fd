import { withinTime } from '@ais/runtime/process';
import { Decompress } from 'fzstd';
import createHasher from 'xxhash-wasm';
import { ChunkReader } from './chunk-reader.js';

const MAGIC = 0xfd2fb528;
const MAGIC_BYTES: Uint8Array = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
const CHECKSUM_FLAG = 0x04;
/** The largest block, compressed or not (RFC 8878, 3.1.1.2.4). */
const BLOCK = 1 << 17;
/** A hundred times what a block takes. */
const BLOCK_MILLISECONDS = 500;
/** The largest window that the reference decoder takes unasked. */
const WINDOW = 1 << 27;

/** One instance of the hash's WebAssembly serves all streams. */
let hasher: ReturnType<typeof createHasher> | undefined;

/**
 * Decompresses Zstandard, frame by frame and block by block, as it arrives.
 *
 * The library decodes blocks and checks little; frames are taken apart here (RFC 8878, 3.1.1), so that every length is
 * checked before it is used, the content's size and its XXH64 are compared where the frame has them, and memory is
 * bounded by the frame's window, at most 128 MiB.
 *
 * @throws {UnexpectedEnd} where the stream is cut off; Error where it is damaged or needs a dictionary
 */
export async function* decompressZstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new ChunkReader(chunks);
  hasher ??= createHasher();
  const { create64 } = await hasher;
  try {
    for (let isFirst = true; isFirst || !(await reader.isAtEnd()); isFirst = false) {
      const magic = readUint(await reader.take(4));
      if (magic >>> 4 === 0x184d2a5) {
        await reader.skip(readUint(await reader.take(4)));
        continue;
      }
      if (magic !== MAGIC) throw new Error('it is no Zstandard frame');
      yield* decompressFrame(reader, create64());
    }
  } finally {
    await reader.close();
  }
}

interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): bigint;
}

async function* decompressFrame(reader: ChunkReader, hasher: Hasher): AsyncGenerator<Uint8Array> {
  const { header, blockLimit, contentSize, hasChecksum } = await readFrameHeader(reader);
  let output: Uint8Array[] = [];
  const decoder = new Decompress((bytes) => output.push(bytes));
  decoder.push(header);
  let size = 0;
  for (let isLast = false; !isLast; ) {
    const head = await reader.take(3);
    const word = readUint(head);
    isLast = (word & 1) === 1;
    const type = (word >>> 1) & 3;
    const length = word >>> 3;
    if (type === 3 || length > blockLimit) throw new Error('a block header is damaged');
    // A block of type 1 is one byte that is repeated.
    const body = await reader.take(type === 1 ? 1 : length);
    // Small blocks may wait in the decoder until the last one comes.
    const block = concatenate(head, body);
    // Of a damaged table the library may never see the end.
    withinTime(BLOCK_MILLISECONDS, () => decoder.push(block, isLast));
    for (const bytes of output) {
      if (bytes.length > blockLimit) throw new Error('a block is larger than its frame allows');
      size += bytes.length;
      if (size > contentSize) throw new Error('it holds more than its header says');
      hasher.update(bytes);
      yield bytes;
    }
    output = [];
  }
  if (contentSize !== Number.POSITIVE_INFINITY && size !== contentSize) {
    throw new Error(`it holds ${size} bytes where its header says ${contentSize}`);
  }
  if (hasChecksum) {
    const expected = readUint(await reader.take(4));
    if (Number(BigInt.asUintN(32, hasher.digest())) !== expected)
      throw new Error('its checksum does not match');
  }
}

interface FrameHeader {
  /** All bytes of it for the decoder, which is told of no checksum: that is compared here. */
  readonly header: Uint8Array;
  readonly blockLimit: number;
  /** Infinite where the frame does not say. */
  readonly contentSize: number;
  readonly hasChecksum: boolean;
}

/** RFC 8878, 3.1.1.1. */
async function readFrameHeader(reader: ChunkReader): Promise<FrameHeader> {
  const descriptor = readUint(await reader.take(1));
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw new Error('a reserved bit is set');
  if ((descriptor & 0x03) !== 0) throw new Error('it needs a dictionary, which is not supported');
  const sizeBytes = descriptor >>> 6 === 0 ? (isSingleSegment ? 1 : 0) : 1 << (descriptor >>> 6);
  const rest = await reader.take((isSingleSegment ? 0 : 1) + sizeBytes);
  const sizeField = rest.subarray(rest.length - sizeBytes);
  const contentSize =
    sizeBytes === 0 ? Number.POSITIVE_INFINITY : readUint(sizeField) + (sizeBytes === 2 ? 256 : 0);
  const windowSize = isSingleSegment ? contentSize : windowOf(rest[0] ?? 0);
  if (windowSize > WINDOW) throw new Error(`it needs a window of ${windowSize} bytes, more than ${WINDOW}`);
  return {
    header: concatenate(MAGIC_BYTES, Uint8Array.of(descriptor & ~CHECKSUM_FLAG), rest),
    blockLimit: Math.min(windowSize, BLOCK),
    contentSize,
    hasChecksum: (descriptor & CHECKSUM_FLAG) !== 0,
  };
}

/** 2^(10 + exponent), and mantissa eighths more. */
function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >>> 3));
  return base + (base / 8) * (byte & 7);
}

/** Little-endian; up to 8 bytes, exact below 2⁵³. */
function readUint(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
