import { type Dirent, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile, sha256OfJson } from '@ais/runtime/files';

/**
 * SHA-256 of the files in a folder, and in its folders, whose names from there are wanted.
 *
 * @param ofFile gives a file's SHA-256, for those who remember some
 */
export async function hashOfFolder(
  folder: string,
  wanted: RegExp,
  ofFile: (path: string) => Promise<string> = sha256OfFile,
): Promise<string> {
  const files: Record<string, string> = {};
  for (const name of await wantedFiles(folder, wanted)) files[name] = await ofFile(join(folder, name));
  return sha256OfJson(files);
}

async function wantedFiles(folder: string, wanted: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (wanted.test(entry.name)) found.push(entry.name);
    else if (isFolder(folder, entry) && !entry.name.startsWith('.'))
      found.push(
        ...(await readdir(join(folder, entry.name)))
          .map((name) => `${entry.name}/${name}`)
          .filter((name) => wanted.test(name)),
      );
  }
  return found;
}

/** Whether an entry is a folder, or a link to one. */
function isFolder(folder: string, entry: Dirent): boolean {
  return (
    entry.isDirectory() ||
    (entry.isSymbolicLink() &&
      statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() === true)
  );
}
