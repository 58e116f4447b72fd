import type { FileHandle } from 'node:fs/promises';
import { nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError } from './errors.js';

/**
 * Opens a file to be read, and says how long it is.
 *
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`
 */
export async function openFile(path: string): Promise<{ file: FileHandle; size: number }> {
  const { open, stat } = nodeBuiltin('node:fs/promises', 'Reading a model');
  try {
    const found = await stat(path);
    // Opening a pipe would wait for whoever writes to it.
    if (!found.isFile()) throw new Error('it is not a regular file');
    return { file: await open(path, 'r'), size: found.size };
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** Reads a whole file into as many bytes as it has. */
export async function readWhole(path: string): Promise<Buffer> {
  const { file, size } = await openFile(path);
  try {
    return await readBytes(file, path, 0, size);
  } finally {
    await file.close();
  }
}

export async function readBytes(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  await fillBytes(file, path, position, bytes);
  return bytes;
}

/** Reads as many bytes as there is place for. */
export async function fillBytes(
  file: FileHandle,
  path: string,
  position: number,
  bytes: Uint8Array,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    let bytesRead: number;
    try {
      ({ bytesRead } = await file.read(bytes, done, bytes.length - done, position + done));
    } catch (cause) {
      throw readFailure(path, cause);
    }
    if (bytesRead === 0) {
      throw new CheckpointError('checkpoint-corrupt', 'the file became shorter while it was read.', {
        file: path,
      });
    }
    done += bytesRead;
  }
}

export function readFailure(path: string, cause: unknown): CheckpointError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const missing = (cause as { code?: unknown } | null)?.code === 'ENOENT';
  return new CheckpointError(
    missing ? 'checkpoint-not-found' : 'checkpoint-unreadable',
    missing ? 'the file does not exist.' : `it cannot be read (${reason}).`,
    { file: path },
    { cause },
  );
}
