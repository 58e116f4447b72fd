import { NativeInstallError, type NativeInstallErrorCode } from '../errors.js';
import { explainFileError } from '../files/explain-file-error.js';

export function failure(code: NativeInstallErrorCode, message: string, cause?: unknown): NativeInstallError {
  return new NativeInstallError(code, message, cause === undefined ? undefined : { cause });
}

/** Runs `work`, which writes into the cache, and explains what the file system throws. */
export async function withFileErrors<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFileError(error, path, 'AIS_CACHE_DIRECTORY');
  }
}
