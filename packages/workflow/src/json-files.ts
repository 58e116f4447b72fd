import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** SHA-256 of a JSON value whose keys are sorted, in hexadecimal. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortKeys)).digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads a JSON file; nothing if there is none. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a JSON file whole or not at all, indented; a list of numbers stays on one line. */
export function writeJson(path: string, value: unknown): Promise<void> {
  // A line break within a string is escaped, so that this finds only what indentation put there.
  const listOfNumbers = /\[\s*\n[\s\d.eE+,-]*\]/g;
  const json = JSON.stringify(value, null, 2).replace(listOfNumbers, (list) => list.replace(/\s+/g, ''));
  return writeWhole(path, `${json}\n`);
}

/** Writes a file whole or not at all: to a temporary name, flushed, then renamed. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${process.pid}`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
