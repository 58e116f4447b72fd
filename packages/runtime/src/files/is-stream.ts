import { nodeBuiltin } from '../node-builtins.js';

/** Whether a path, or what a link there leads to, is neither a file nor a folder: a device, a pipe, or a socket. */
export async function isStream(path: string): Promise<boolean> {
  const { stat } = nodeBuiltin('node:fs/promises', 'Writing files');
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}
