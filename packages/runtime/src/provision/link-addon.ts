import { copyFile, link, lstat, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sha256OfFile } from '../files/sha256.js';
import { withFileErrors } from './failures.js';

/**
 * Makes a package's addon a link to one in the cache.
 *
 * The package's files may be hard links into a store that other projects share, so nothing is written through:
 * what was there gets a second name, and the new link takes its place in one step.
 *
 * @param place where the package looks for its addon
 * @param companions files that must lie beside the addon; then all are copies, which is how Windows has them
 * @returns `undo`, which puts back what was there, and `keep`, which removes it
 */
export async function linkAddon(
  addon: string,
  place: string,
  companions: readonly string[] = [],
): Promise<{ readonly undo: () => Promise<void>; readonly keep: () => Promise<void> }> {
  const previous = `${place}.previous`;
  const next = `${place}.next`;
  return withFileErrors(place, async () => {
    await mkdir(dirname(place), { recursive: true });
    await rm(next, { force: true });
    if (companions.length === 0) await symlink(addon, next);
    else await copyFile(addon, next);
    for (const file of companions) await linkOrCopy(file, join(dirname(place), basename(file)));
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

/** Whether a package's addon is a link to `addon`; a copy of it if there are files beside it. */
export async function isLinked(
  addon: string,
  place: string,
  companions: readonly string[] = [],
): Promise<boolean> {
  if (companions.length === 0) return (await readlink(place).catch(() => undefined)) === addon;
  const [own, other] = await Promise.all(
    [addon, place].map((path) => sha256OfFile(path).catch(() => undefined)),
  );
  return own !== undefined && own === other;
}

/** A second name for a large file; a copy if it is on another disk. */
async function linkOrCopy(file: string, place: string): Promise<void> {
  await rm(place, { force: true });
  await link(file, place).catch(() => copyFile(file, place));
}
