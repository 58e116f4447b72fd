import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** Writes a small zip with the given members. */
export async function makeWheel(
  path: string,
  members: Readonly<Record<string, string>>,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(members)) {
    zip.addBuffer(Buffer.from(text), name, { mtime: new Date('2020-01-01') });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  const content = await readFile(path);
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
}
