import { DataError } from './errors.js';
import { nodeBuiltin } from './node-builtins.js';

/** SHA-256 in hexadecimal digits. */
export function sha256Of(content: string | Uint8Array): string {
  return nodeBuiltin('node:crypto', 'Hashing a file').createHash('sha256').update(content).digest('hex');
}

/** The same of a file, which is not read into memory whole. */
export async function sha256OfFile(path: string): Promise<string> {
  const { createReadStream } = nodeBuiltin('node:fs', 'Hashing a file');
  const hash = nodeBuiltin('node:crypto', 'Hashing a file').createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (cause) {
    throw new DataError('file-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, {
      cause,
      place: { file: path },
    });
  }
  return hash.digest('hex');
}
