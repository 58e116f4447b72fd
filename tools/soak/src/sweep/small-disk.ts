import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, in memory, that can be filled up. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves not one byte, or as many as are given, until what is returned is called. */
  fill(leave?: number): () => void;
  remove(): Promise<void>;
}

/**
 * Mounts a small file system, as root, or as root of its own namespace.
 *
 * @throws {Error} if that is not permitted, with a way to have it
 */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'ais-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (cause) {
    await rm(path, { recursive: true });
    const remedy = 'Run this as root, or under: unshare --map-root-user --mount';
    throw new Error(`A file system cannot be mounted here. ${remedy}`, { cause });
  }
  return {
    path,
    fill(leave = 0) {
      const ballast = join(path, '.ballast');
      const file = openSync(ballast, 'w');
      // Megabytes first, then page by page: others write meanwhile.
      for (const size of [1 << 20, 1 << 12]) while (writes(file, Buffer.alloc(size)));
      if (statfsSync(path).bavail !== 0) throw new Error(`${path} could not be filled.`);
      ftruncateSync(file, Math.max(0, fstatSync(file).size - leave));
      closeSync(file);
      return () => rmSync(ballast);
    },
    async remove() {
      execFileSync('umount', ['--lazy', path]);
      await rm(path, { recursive: true });
    },
  };
}

/** Whether there was room for it. */
function writes(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
