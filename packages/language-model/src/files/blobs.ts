import { becameShorter, readFailure } from './disk.js';
import { type FileFolder, namesIn, type OpenedFile } from './opened-file.js';

/** A file's content, wherever it is. */
export type FileContent = Blob | ArrayBuffer | Uint8Array | string;

/** Bytes that are copied at once: what is read needs no more memory than itself and this. */
const PIECE = 2 ** 24;

/**
 * A blob as an open file: a `File` of a page, an entry of a browser's cache, or a part of memory. Those of the first two stay
 * on disk until they are read.
 */
export function blobFile(blob: Blob, path: string, signal?: AbortSignal): OpenedFile {
  return {
    path,
    size: blob.size,
    async fill(position, bytes) {
      for (let done = 0; done < bytes.length; ) {
        signal?.throwIfAborted();
        const end = Math.min(bytes.length, done + PIECE);
        const piece = await blob
          .slice(position + done, position + end)
          .arrayBuffer()
          .catch((cause: unknown) => {
            throw readFailure(path, cause);
          });
        if (piece.byteLength !== end - done) throw becameShorter(path);
        bytes.set(new Uint8Array(piece), done);
        done = end;
      }
    },
    close: async () => {},
  };
}

/** A content as an open file. */
export function contentFile(content: FileContent, path: string, signal?: AbortSignal): OpenedFile {
  if (content instanceof Blob) return blobFile(content, path, signal);
  const all = bytesOf(content);
  return {
    path,
    size: all.length,
    async fill(position, bytes) {
      signal?.throwIfAborted();
      if (position + bytes.length > all.length) throw becameShorter(path);
      bytes.set(all.subarray(position, position + bytes.length));
    },
    close: async () => {},
  };
}

/** A content's bytes: given ones as they are, not a copy. */
function bytesOf(content: Exclude<FileContent, Blob>): Uint8Array {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  if (!ArrayBuffer.isView(content)) return new Uint8Array(content);
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}

/** Contents by name, as a folder. */
export function contentFolder(
  contents: ReadonlyMap<string, FileContent>,
  place: string,
  signal?: AbortSignal,
): FileFolder {
  const pathOf = (name: string): string => `${place}/${name}`;
  return {
    place,
    pathOf,
    list: async (folder) => namesIn(folder, contents.keys()),
    async open(name) {
      const content = contents.get(name);
      return content === undefined ? undefined : contentFile(content, pathOf(name), signal);
    },
  };
}
