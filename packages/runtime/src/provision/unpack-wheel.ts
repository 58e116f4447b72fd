import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { FileError } from '../errors.js';
import { failure, withFileErrors } from './failures.js';

/**
 * Unpacks some members of a wheel, streaming, under their own paths.
 *
 * @param wanted tells by its path whether a member is needed
 * @param onProgress bytes written so far, and in all
 * @returns the paths of the members that were unpacked
 * @throws {NativeInstallError} `broken-wheel` if the file is not a sound zip
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function unpackWheel(
  wheel: string,
  directory: string,
  wanted: (path: string) => boolean,
  options: { signal?: AbortSignal; onProgress?: (completed: number, total: number) => void } = {},
): Promise<string[]> {
  const { signal, onProgress } = options;
  const zip = await openPromise(wheel, { lazyEntries: true, autoClose: false }).catch((cause: unknown) => {
    throw broken(wheel, cause);
  });
  try {
    // yauzl has refused absolute paths and those that climb out of the folder.
    const entries = [];
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/') && wanted(entry.fileName)) entries.push(entry);
    }
    const total = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    let completed = 0;
    const count = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        completed += chunk.byteLength;
        onProgress?.(completed, total);
        yield chunk;
      }
    };
    for (const entry of entries) {
      const target = join(directory, entry.fileName);
      await withFileErrors(target, async () => {
        await mkdir(dirname(target), { recursive: true });
        await pipeline(
          await zip.openReadStreamPromise(entry),
          count,
          createWriteStream(target),
          signal ? { signal } : {},
        );
      });
    }
    return entries.map(({ fileName }) => fileName);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof FileError || (error instanceof Error && 'syscall' in error)
      ? error
      : broken(wheel, error);
  } finally {
    zip.close();
  }
}

function broken(wheel: string, cause: unknown): Error {
  return failure(
    'broken-wheel',
    `${wheel} is not a wheel that can be unpacked (${cause instanceof Error ? cause.message : String(cause)}). Delete it and run this again, or give another with --wheel FILE.`,
    cause,
  );
}
