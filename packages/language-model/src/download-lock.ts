import { nodeBuiltin } from './node-builtins.js';

const BEAT_MS = 2_000;
const STALE_MS = 30_000;
const POLL_MS = 100;

/**
 * Does something while nobody else does it for the same path, in this process or another.
 *
 * The lock is a file that its holder touches every two seconds. One that nobody has touched for half a minute is of a
 * process that ended, and is taken over.
 */
export async function withLock<Result>(
  path: string,
  signal: AbortSignal | undefined,
  action: () => Promise<Result>,
): Promise<Result> {
  const { open, rm, stat, utimes } = nodeBuiltin('node:fs/promises');
  const lock = `${path}.lock`;
  for (;;) {
    signal?.throwIfAborted();
    try {
      await (await open(lock, 'wx')).close();
      break;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
    const touched = await stat(lock).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY, // its holder has just finished
    );
    if (Date.now() - touched > STALE_MS) await rm(lock, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => {});
  }, BEAT_MS);
  beat.unref();
  try {
    return await action();
  } finally {
    clearInterval(beat);
    await rm(lock, { force: true });
  }
}
