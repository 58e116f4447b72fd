import { becameShorter, readFailure } from './disk.js';
import type { FileFolder, OpenedFile } from './opened-file.js';

/** Bytes that are copied at once: what is read needs no more memory than itself and this. */
const PIECE = 2 ** 24;

/**
 * A blob as an open file: a `File` of a page, an entry of a browser's cache, or bytes in memory. Those of the first two stay
 * on disk until they are read.
 */
export function blobFile(blob: Blob, path: string, signal?: AbortSignal): OpenedFile {
  return {
    path,
    size: blob.size,
    async fill(position, bytes) {
      if (position + bytes.length > blob.size) throw becameShorter(path);
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

/** Blobs by name, as a folder. */
export function blobFolder(
  blobs: ReadonlyMap<string, Blob>,
  place: string,
  signal?: AbortSignal,
): FileFolder {
  const pathOf = (name: string): string => `${place}/${name}`;
  return {
    place,
    pathOf,
    open: async (name) => {
      const blob = blobs.get(name);
      return blob && blobFile(blob, pathOf(name), signal);
    },
  };
}
