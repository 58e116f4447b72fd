import { NativeInstallError, type NativeInstallErrorCode } from '../errors.js';

/** A failed download that is worth another attempt. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

const diskFull = new Set(['ENOSPC', 'EDQUOT']);
const notWritable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);

/**
 * Turns what the file system threw into an error that names the remedy; anything else passes through.
 *
 * @param error what was thrown
 * @param path what was being written
 */
export function explain(error: unknown, path: string): unknown {
  if (error instanceof NativeInstallError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (diskFull.has(code)) {
    return failure(
      'disk-full',
      `The disk of ${path} is full. Free some space, or set AIS_CACHE_DIRECTORY to a folder on another disk, and run this again: it continues where it stopped.`,
      error,
    );
  }
  if (notWritable.has(code)) {
    return failure(
      'not-writable',
      `${path} cannot be written (${code}). Give yourself write access to it, or set AIS_CACHE_DIRECTORY to a folder that you own where it lies in the cache.`,
      error,
    );
  }
  return error;
}

export function failure(code: NativeInstallErrorCode, message: string, cause?: unknown): NativeInstallError {
  return new NativeInstallError(code, message, cause === undefined ? undefined : { cause });
}

/** Runs `work`, explaining what the file system throws. */
export async function explaining<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error, path);
  }
}
