import { DataError } from './errors.js';
import { nodeBuiltin } from './node-builtins.js';

/**
 * Writes a file so that it is there whole or not at all: renaming is atomic.
 *
 * @throws {DataError} `file-unwritable`
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  const { rename, writeFile } = nodeBuiltin('node:fs/promises', 'Writing a file');
  try {
    await writeFile(`${path}.unfinished`, content);
    await rename(`${path}.unfinished`, path);
  } catch (cause) {
    throw new DataError(
      'file-unwritable',
      `${path} cannot be written: ${(cause as Error).message}. Choose a folder that can be written and has room.`,
      { cause, place: { file: path } },
    );
  }
}
