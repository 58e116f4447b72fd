import { CheckpointError } from '../errors.js';

/** An open file that is read in pieces: on disk, in memory, or in a browser's cache. */
export interface OpenedFile {
  /** What messages call it. */
  readonly path: string;
  readonly size: number;
  /**
   * Fills an array with the file's bytes from a position on.
   *
   * @throws {CheckpointError} `checkpoint-unreadable`; `checkpoint-corrupt` if the file has become shorter
   */
  fill(position: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A model's files by name: a folder on disk, or what stands for one. */
export interface FileFolder {
  /** What messages call it. */
  readonly place: string;
  /** What messages call its file of this name. */
  pathOf(name: string): string;
  /** @returns undefined if no file has this name, which may be one within a folder: `folder/name` */
  open(name: string): Promise<OpenedFile | undefined>;
  /** The names that are known of a folder within: what may be opened as `folder/name`. */
  list(folder: string): Promise<readonly string[]>;
}

/** The names that begin with a folder's, without it. */
export function namesIn(folder: string, names: Iterable<string>): string[] {
  return [...names].flatMap((name) => (name.startsWith(`${folder}/`) ? [name.slice(folder.length + 1)] : []));
}

/** Some of a file's bytes, in memory of their own. */
export async function readBytes(
  file: OpenedFile,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.fill(position, bytes);
  return bytes;
}

/** What lies beside weights and is read as a whole has less; the largest tokenizers have some 35 MiB. */
const LARGEST_WHOLE = 256 * 2 ** 20;

/**
 * All of a file's bytes; the file is closed.
 *
 * @throws {CheckpointError} `checkpoint-unreadable` if it is larger than such a file can be
 */
export async function readAll(file: OpenedFile): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (file.size > LARGEST_WHOLE) {
      throw new CheckpointError(
        'checkpoint-unreadable',
        'it is too large for what it is called. Check what it is, and put the right file in its place.',
        { file: file.path, expected: `at most ${LARGEST_WHOLE} bytes`, found: `${file.size}` },
      );
    }
    return await readBytes(file, 0, file.size);
  } finally {
    await file.close();
  }
}

/**
 * Opens a file that must be there.
 *
 * @throws {CheckpointError} `checkpoint-not-found`
 */
export async function openRequired(folder: FileFolder, name: string): Promise<OpenedFile> {
  const file = await folder.open(name);
  if (file !== undefined) return file;
  throw new CheckpointError('checkpoint-not-found', 'the file does not exist.', {
    file: folder.pathOf(name),
  });
}
