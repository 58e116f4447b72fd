import { nodeBuiltin } from '../node-builtins.js';
import { atExit } from '../process/at-exit.js';
import { explainFileError } from './explain-file-error.js';

const WHAT = 'A temporary folder';

/** A folder that goes when it is removed, or when the process exits. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Makes a folder under the system's folder for temporary files, with a name that cannot be guessed, for this user alone.
 *
 * @param purpose becomes part of its name
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * const { path, remove } = await temporaryFolder('sorting');
 * await writeJson(`${path}/part.json`, 1);
 * await remove();
 */
export async function temporaryFolder(purpose: string): Promise<TemporaryFolder> {
  const { mkdtemp, rm } = nodeBuiltin('node:fs/promises', WHAT);
  const { rmSync } = nodeBuiltin('node:fs', WHAT);
  const { tmpdir } = nodeBuiltin('node:os', WHAT);
  const { join } = nodeBuiltin('node:path', WHAT);
  const prefix = join(tmpdir(), `ais-${purpose}-`);
  const path = await mkdtemp(prefix).catch((error: unknown) => {
    throw explainFileError(error, tmpdir(), 'TMPDIR');
  });
  const callOff = atExit(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    async remove() {
      callOff();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/**
 * Gives a piece of work a temporary folder, and removes it afterwards.
 *
 * @param purpose becomes part of its name
 * @throws {FileError} `disk-full`, `not-writable`; what `work` throws
 * @example
 * await withTemporaryFolder('inspect', (folder) => tokenizer.save(folder));
 */
export async function withTemporaryFolder<T>(
  purpose: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await temporaryFolder(purpose);
  try {
    return await work(folder.path);
  } catch (error) {
    throw explainFileError(error, folder.path, 'TMPDIR');
  } finally {
    // What cannot be removed changes nothing about the work.
    await folder.remove().catch(() => {});
  }
}
