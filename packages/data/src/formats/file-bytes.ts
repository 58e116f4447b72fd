import { nodeBuiltin } from '@ais/runtime/files';
import { interruption } from '@ais/runtime/process';
import { DataError } from '../errors.js';
import { UnexpectedEnd } from './chunk-reader.js';
import { decompressZstd } from './zstd-stream.js';

/**
 * The bytes of a file in chunks, decompressed where it is gzip or Zstandard.
 *
 * Which it is, its name's ending `.gz` or `.zst` says, or else its first bytes, which no JSON text starts with.
 * Checksums and lengths of gzip members and Zstandard frames are compared; what was given before an error is a
 * prefix that no checksum has confirmed.
 *
 * @throws {DataError} `file-unreadable`; `truncated-file` where a compressed file is cut off; `damaged-file`. The reason of
 *   the signal of `interruptible` around the call
 */
export async function* readFileBytes(path: string): AsyncGenerator<Uint8Array> {
  const interrupted = interruption();
  for await (const chunk of decompressed(path)) {
    interrupted?.throwIfAborted();
    yield chunk;
  }
}

async function* decompressed(path: string): AsyncGenerator<Uint8Array> {
  const format = await compressionOf(path);
  if (format === 'none') yield* readRaw(path);
  else if (format === 'gzip') yield* gunzip(path);
  else {
    try {
      yield* decompressZstd(readRaw(path));
    } catch (cause) {
      throw cause instanceof DataError
        ? cause
        : damaged(path, 'Zstandard', cause as Error, cause instanceof UnexpectedEnd);
    }
  }
}

/** How a file is compressed, by its name's ending or its first bytes. */
export type Compression = 'none' | 'gzip' | 'zstd';

export async function compressionOf(path: string): Promise<Compression> {
  if (/\.gz$/i.test(path)) return 'gzip';
  if (/\.zst(d)?$/i.test(path)) return 'zstd';
  const { open } = nodeBuiltin('node:fs/promises', 'Reading a file');
  const start = new Uint8Array(4);
  try {
    const file = await open(path);
    try {
      await file.read(start, 0, 4, 0);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause as Error);
  }
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd) return 'zstd';
  return 'none';
}

async function* readRaw(path: string): AsyncGenerator<Uint8Array> {
  const { createReadStream } = nodeBuiltin('node:fs', 'Reading a file');
  const file = createReadStream(path, { highWaterMark: await chunkOf(path) });
  try {
    yield* file;
  } catch (cause) {
    throw unreadable(path, cause as Error);
  } finally {
    file.destroy();
  }
}

async function* gunzip(path: string): AsyncGenerator<Uint8Array> {
  const { createGunzip } = nodeBuiltin('node:zlib', 'Reading a file');
  const { pipeline } = nodeBuiltin('node:stream', 'Reading a file');
  let fileBytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of readRaw(path)) {
      fileBytes += chunk.length;
      yield chunk;
    }
  }
  const decoder = createGunzip({ chunkSize: CHUNK });
  // The error arrives where the decoder is read.
  pipeline(counted, decoder, () => {});
  try {
    yield* decoder;
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw damaged(path, 'gzip', cause as Error, (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR');
  }
  // zlib takes whatever follows a member, and is no member itself, for garbage to be passed over in silence.
  if (decoder.bytesWritten !== fileBytes) {
    const left = fileBytes - decoder.bytesWritten;
    throw damaged(path, 'gzip', new Error(`${left} bytes after its end are no gzip`), false);
  }
}

const CHUNK = 1 << 18;

/** How much is read at once: of a small file no more than it has, since each chunk is memory. */
async function chunkOf(path: string): Promise<number> {
  const { stat } = nodeBuiltin('node:fs/promises', 'Reading a file');
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? Math.min(CHUNK, Math.max(1 << 10, found.size)) : CHUNK;
}

function unreadable(path: string, cause: Error): DataError {
  return new DataError(
    'file-unreadable',
    `${path} cannot be read: ${cause.message}. Check the path and its permissions.`,
    { cause, place: { file: path } },
  );
}

function damaged(path: string, format: string, cause: Error, isTruncated: boolean): DataError {
  const what = isTruncated ? 'truncated-file' : 'damaged-file';
  return new DataError(
    what,
    `${path} is ${isTruncated ? 'cut off' : 'damaged'} (${format}: ${cause.message}). Bring it again.`,
    { cause, fault: what, place: { file: path } },
  );
}
