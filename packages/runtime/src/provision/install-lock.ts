import { mkdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { explaining, failure } from './failures.js';

/**
 * Runs `work` while no other process runs it on the same folder.
 *
 * The lock of a process that was killed expires after ten seconds.
 *
 * @throws {NativeInstallError} `install-running` where another process still holds the lock when `signal` aborts
 */
export async function withInstallLock<T>(
  directory: string,
  work: () => Promise<T>,
  options: { signal?: AbortSignal; onWait?: () => void } = {},
): Promise<T> {
  const { signal, onWait } = options;
  await explaining(directory, () => mkdir(directory, { recursive: true }));
  let waiting = false;
  for (;;) {
    let release: () => Promise<void>;
    try {
      release = await lock(directory, { stale: 10_000, update: 2000, onCompromised: () => {} });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) {
        await explaining(directory, () => Promise.reject(error));
      }
      if (!waiting) onWait?.();
      waiting = true;
      await wait(250, undefined, signal ? { signal } : {}).catch(() => {
        throw failure(
          'install-running',
          `Another process is installing native TensorFlow into ${directory}. Wait for it to end, then run this again.`,
        );
      });
      continue;
    }
    try {
      return await work();
    } finally {
      await release().catch(() => {});
    }
  }
}
