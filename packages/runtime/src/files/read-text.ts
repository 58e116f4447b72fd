import { FileError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';

const MEBIBYTE = 2 ** 20;

/** More than any configuration, template, or tokenizer has: the largest tokenizers have some 35 MiB. */
const USUAL_LIMIT = 256 * MEBIBYTE;

/** Lines and numbers may be many; Node has no longer texts. */
export const LONGEST_TEXT: number = 2 ** 29 - 2 ** 10;

/**
 * Reads a text file as UTF-8, if it is not larger than such a file can be: Node ends the process, or fills the memory, where
 * a file of several gibibytes is put in its place. Pipes may be read too.
 *
 * @param limit bytes
 * @throws {FileError} `too-large`; what the file system throws, such as `ENOENT`
 * @example
 * await readText('model/tokenizer.json');
 */
export async function readText(path: string, limit: number = USUAL_LIMIT): Promise<string> {
  const { open } = nodeBuiltin('node:fs/promises', 'Reading files');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > limit) throw tooLarge(path, limit);
    const chunks: Uint8Array[] = [];
    // One byte more than is known tells the end; a pipe has no size.
    let next = Math.max(size + 1, 65_536);
    for (let read = 0; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(next), 0, next, null);
      if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
      chunks.push(buffer.subarray(0, bytesRead));
      read += bytesRead;
      if (read > limit) throw tooLarge(path, limit);
      next = Math.max(size + 1 - read, 65_536);
    }
  } finally {
    await file.close();
  }
}

function tooLarge(path: string, limit: number): FileError {
  return new FileError(
    'too-large',
    path,
    `${path} has more than ${Math.round(limit / MEBIBYTE)} MiB, which no file of its kind has. Check what it is, and put the right one in its place.`,
  );
}
