import { type ContentHash, contentDigest } from '../download/download-verified.js';
import { writeWhole } from '../files/whole.js';
import { nodeBuiltin } from '../node-builtins.js';

/** A file that should have this size and this hash. */
export interface ExpectedBlob {
  readonly size: number;
  readonly hash: ContentHash;
}

/**
 * Whether a file in the cache has the content that it should have. It is hashed when it is first met: Python may have brought
 * it, a disk may have failed. What was hashed is noted with its size, time, and inode, and hashed again once one of them is
 * another.
 *
 * @param notes the folder of the notes
 */
export async function isVerifiedBlob(
  path: string,
  { size, hash }: ExpectedBlob,
  notes: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { open, readFile, stat } = nodeBuiltin('node:fs/promises', 'The Hub');
  const { join } = nodeBuiltin('node:path', 'The Hub');
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile() || found.size !== BigInt(size)) return false;
  const state = `${found.size} ${found.mtimeNs} ${found.ino}\n`;
  const note = join(notes, hash.digest);
  if ((await readFile(note, 'utf8').catch(() => '')) === state) return true;
  const file = await open(path);
  try {
    if ((await contentDigest(file, { bytes: size, hash, signal })) !== hash.digest) return false;
  } finally {
    await file.close();
  }
  // Where the cache cannot be written, it is hashed each time.
  await writeWhole(note, state).catch(() => {});
  return true;
}
