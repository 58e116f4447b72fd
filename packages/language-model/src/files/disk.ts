import { nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError } from '../errors.js';
import { type FileFolder, type OpenedFile, readAll } from './opened-file.js';

/**
 * Opens a file on disk.
 *
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`
 */
export async function openFile(path: string): Promise<OpenedFile> {
  const { open, stat } = nodeBuiltin('node:fs/promises', 'Reading a model');
  try {
    const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    // Opening a pipe would wait for a process that writes to it.
    if (!isFile) throw new Error('it is not a regular file');
    const file = await open(path, 'r');
    return {
      path,
      size,
      async fill(position, bytes) {
        for (let done = 0; done < bytes.length; ) {
          const { bytesRead } = await file
            .read(bytes, done, bytes.length - done, position + done)
            .catch((cause: unknown) => {
              throw readFailure(path, cause);
            });
          if (bytesRead === 0) throw becameShorter(path);
          done += bytesRead;
        }
      },
      close: () => file.close(),
    };
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** Reads a whole file on disk into as many bytes as it has. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readAll(await openFile(path));
}

/** A folder on disk. */
export function diskFolder(directory: string): FileFolder {
  const { join, posix } = nodeBuiltin('node:path', 'Reading a model');
  const { readdir } = nodeBuiltin('node:fs/promises', 'Reading a model');
  const pathOf = (name: string): string => join(directory, name);
  const listed = new Map<string, Promise<readonly string[]>>();
  const list = (folder: string): Promise<readonly string[]> => {
    const names =
      listed.get(folder) ??
      readdir(pathOf(folder)).catch((cause: NodeJS.ErrnoException) => {
        const isMissing = folder !== '' && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
        if (isMissing) return [];
        throw readFailure(pathOf(folder), cause);
      });
    listed.set(folder, names);
    return names;
  };
  return {
    place: directory,
    pathOf,
    list,
    async open(name) {
      const { dir, base } = posix.parse(name);
      return (await list(dir)).includes(base) ? openFile(pathOf(name)) : undefined;
    },
  };
}

export function becameShorter(path: string): CheckpointError {
  return new CheckpointError('checkpoint-corrupt', 'the file became shorter while it was read.', {
    file: path,
  });
}

export function readFailure(path: string, cause: unknown): CheckpointError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const missing = (cause as { code?: unknown } | null)?.code === 'ENOENT';
  return new CheckpointError(
    missing ? 'checkpoint-not-found' : 'checkpoint-unreadable',
    missing ? 'the file does not exist.' : `it cannot be read (${reason}).`,
    { file: path },
    { cause },
  );
}
