import type { FileHandle } from 'node:fs/promises';
import { nodeBuiltin } from '../node-builtins.js';

/**
 * Opens a file to read it and to append to it; it is made if there is none. A symbolic link in its place is not followed:
 * the person who made the folder chose where it leads.
 *
 * @throws what the file system throws: `ELOOP` for a symbolic link
 * @example
 * const file = await openToAppend('log.txt');
 * await file.appendFile('one more line\n');
 * await file.close();
 */
export function openToAppend(path: string): Promise<FileHandle> {
  const { constants } = nodeBuiltin('node:fs', 'Writing files');
  const { open } = nodeBuiltin('node:fs/promises', 'Writing files');
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW = 0 } = constants;
  return open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o666);
}
