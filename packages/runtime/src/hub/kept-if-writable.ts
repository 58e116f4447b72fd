import { FileError } from '../errors.js';

/** Waits until the cache keeps what can be asked for again. One that may only be read serves without it. */
export async function keptIfWritable(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof FileError && error.code === 'not-writable')) throw error;
  }
}
