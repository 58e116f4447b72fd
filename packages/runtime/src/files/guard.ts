import { nodeBuiltin } from '../node-builtins.js';

const POLL_MS = 25;
/** What is done under a guard takes some milliseconds; a process that has made one and is silent for this long has ended. */
const ABANDONED_MS = 5_000;
const PATIENCE_MS = 20_000;

/**
 * Does something that takes milliseconds while nothing else does it, in this process or another.
 *
 * The guard is a folder, which only one can make, and which its holder may use. One that was left behind is told by how long it has been
 * seen, not by its date: a clock may be set back.
 *
 * @param path of the guard
 * @throws {Error} `ELOCKED` if it is always there; what the file system and the action throw
 */
export async function guarded<T>(path: string, action: () => Promise<T>): Promise<T> {
  const { mkdir, rename, rm, stat } = nodeBuiltin('node:fs/promises', 'Locking');
  const { randomBytes } = nodeBuiltin('node:crypto', 'Locking');
  const started = performance.now();
  let seen = { identity: '', since: started };
  for (;;) {
    try {
      await mkdir(path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = await stat(path).catch(() => undefined);
    const now = performance.now();
    const identity = found === undefined ? '' : `${found.ino} ${found.ctimeMs}`;
    if (identity !== seen.identity) seen = { identity, since: now };
    if (identity !== '' && now - seen.since > ABANDONED_MS) {
      // Of several who see that, one renames it.
      const gone = `${path}-${randomBytes(8).toString('hex')}`;
      const isMine = await rename(path, gone).then(
        () => true,
        () => false,
      );
      const moved = isMine ? await stat(gone).catch(() => undefined) : undefined;
      // Another process was quicker, and this is the guard that it has made since.
      if (moved && moved.ino !== found?.ino) await rename(gone, path).catch(() => {});
      else if (moved) await rm(gone, { recursive: true, force: true });
      continue;
    }
    if (now - started > PATIENCE_MS) {
      throw Object.assign(new Error(`${path} is always in use`), { code: 'ELOCKED', path });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS * (1 + Math.random())));
  }
  try {
    return await action();
  } finally {
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
