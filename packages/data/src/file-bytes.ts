import { DataError } from './errors.js';
import { nodeBuiltin } from './node-builtins.js';

/**
 * The bytes of a file, in chunks.
 *
 * @throws {DataError} `file-unreadable`
 */
export async function* readFileBytes(path: string): AsyncGenerator<Uint8Array> {
  const { createReadStream } = nodeBuiltin('node:fs', 'Reading a file');
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  try {
    yield* file;
  } catch (cause) {
    throw new DataError(
      'file-unreadable',
      `${path} cannot be read: ${(cause as Error).message}. Check the path and its permissions.`,
      { cause, place: { file: path } },
    );
  }
}
