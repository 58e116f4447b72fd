import { sha256 as portable } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { nodeBuiltin, nodeBuiltinIfThere } from '../node-builtins.js';

// Node's own SHA-256 is several times as fast; browsers have none that is synchronous.
const native = nodeBuiltinIfThere('node:crypto');

/**
 * SHA-256 of text (as UTF-8) or bytes, in hexadecimal; in browsers too.
 *
 * @example
 * console.log(sha256('abc').slice(0, 8)); // ba7816bf
 */
export function sha256(content: string | Uint8Array): string {
  // One call, where it is there: for a short text, making an object to hash with costs more than hashing.
  if (native?.hash) return native.hash('sha256', content, 'hex');
  if (native) return native.createHash('sha256').update(content).digest('hex');
  return bytesToHex(portable(typeof content === 'string' ? new TextEncoder().encode(content) : content));
}

/**
 * SHA-256 of a JSON value, whatever the order of its keys.
 *
 * @example
 * console.log(sha256OfJson({ a: 1, b: 2 }) === sha256OfJson({ b: 2, a: 1 })); // true
 */
export function sha256OfJson(value: unknown): string {
  return sha256(JSON.stringify(value, sortKeys));
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * SHA-256 of a file, which is read in pieces.
 *
 * @example
 * await writeJson('hashed.json', 1);
 * console.log((await sha256OfFile('hashed.json')) === sha256('1\n')); // true
 */
export async function sha256OfFile(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const { createHash } = nodeBuiltin('node:crypto', 'Hashing a file');
  const { createReadStream } = nodeBuiltin('node:fs', 'Hashing a file');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * SHA-256 of the files in a folder and below: of their names and their contents. Empty folders do not count.
 *
 * @param wanted tells by its name whether a file counts, which is its path within the folder, with `/` between folders; every one
 *   does by default
 * @param ofFile gives a file's SHA-256, for those who remember some
 * @example
 * console.log((await sha256OfFolder('model')).length); // 64
 */
export async function sha256OfFolder(
  directory: string,
  wanted: (name: string) => boolean = () => true,
  ofFile: (path: string) => Promise<string> = sha256OfFile,
): Promise<string> {
  const { readdir, stat } = nodeBuiltin('node:fs/promises', 'Hashing a folder');
  const { join } = nodeBuiltin('node:path', 'Hashing a folder');
  const files: Record<string, string> = {};
  const add = async (folder: string, prefix: string): Promise<void> => {
    for (const own of await readdir(folder)) {
      const [path, name] = [join(folder, own), prefix + own];
      if ((await stat(path)).isDirectory()) await add(path, `${name}/`);
      else if (wanted(name)) files[name] = await ofFile(path);
    }
  };
  await add(directory, '');
  return sha256OfJson(files);
}
