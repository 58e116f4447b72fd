import { link, lstat, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explaining } from './failures.js';

/**
 * Makes a package's addon a link to one in the cache.
 *
 * The package's files may be hard links into a store that other projects share, so nothing is written through:
 * what was there gets a second name, and the new link takes its place in one step.
 *
 * @param place where the package looks for its addon
 * @returns `undo`, which puts back what was there, and `keep`, which removes it
 */
export async function linkAddon(
  addon: string,
  place: string,
): Promise<{ readonly undo: () => Promise<void>; readonly keep: () => Promise<void> }> {
  const previous = `${place}.previous`;
  const next = `${place}.next`;
  return explaining(place, async () => {
    await mkdir(dirname(place), { recursive: true });
    await rm(next, { force: true });
    await symlink(addon, next);
    await rm(previous, { force: true });
    const existed = await lstat(place).then(
      () => true,
      () => false,
    );
    // A second name for it, so that at no moment the place is empty.
    if (existed) await link(place, previous);
    await rename(next, place);
    return {
      undo: async () => {
        if (existed) await rename(previous, place);
        else await rm(place, { force: true });
      },
      keep: () => rm(previous, { force: true }),
    };
  });
}

/** Whether a package's addon is a link to `addon`. */
export async function isLinked(addon: string, place: string): Promise<boolean> {
  return (await readlink(place).catch(() => undefined)) === addon;
}
