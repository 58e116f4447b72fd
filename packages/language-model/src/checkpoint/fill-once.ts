import { makeWholeFolder, nodeBuiltin, withLock } from '@ais/runtime/files';
import { exists, WEIGHTS_FILE } from './checkpoint.js';

/**
 * Makes a model's folder, once: one that is there stays. It is there whole or not at all, also if several processes want it.
 *
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function fillOnce(directory: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const { mkdir } = nodeBuiltin('node:fs/promises', 'Writing a model');
  const { dirname, join } = nodeBuiltin('node:path', 'Writing a model');
  const isThere = (): Promise<boolean> => exists(join(directory, WEIGHTS_FILE));
  if (await isThere()) return;
  await mkdir(dirname(directory), { recursive: true });
  await withLock(`${directory}.lock`, async () => {
    if (!(await isThere())) await makeWholeFolder(directory, fill);
  });
}
