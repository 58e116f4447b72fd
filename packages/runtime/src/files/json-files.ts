import { FileError } from '../errors.js';
import { explainFileError } from './explain-file-error.js';
import { LONGEST_TEXT, readText } from './read-text.js';
import { writeWhole } from './whole.js';

/**
 * Reads a JSON file.
 *
 * @returns undefined if there is no such file
 * @throws {FileError} `damaged-file` if it is not JSON; `not-writable` if a permission is missing, or a part of the path is a
 *   file
 * @example
 * await writeJson('settings.json', { seed: 17 });
 * console.log(await readJson('settings.json'), await readJson('nothing.json')); // { seed: 17 } undefined
 */
export async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readText(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw explainFileError(error, path);
  });
  return text === undefined ? undefined : parse<T>(text, path, path);
}

/**
 * Writes a JSON file whole or not at all, indented; a list of numbers stays on one line.
 *
 * @example
 * await writeJson('numbers.json', { numbers: [1, 2, 3] });
 * console.log(await readJson('numbers.json')); // { numbers: [ 1, 2, 3 ] }
 */
export function writeJson(path: string, value: unknown): Promise<void> {
  // A line break within a string is escaped, so that this finds only what indentation put there.
  const listOfNumbers = /\[\s*\n[\s\d.eE+,-]*\]/g;
  const json = JSON.stringify(value, null, 2).replace(listOfNumbers, (list) => list.replace(/\s+/g, ''));
  return writeWhole(path, `${json}\n`);
}

/**
 * Reads a file with one JSON value per line, as `writeJsonLines` writes it.
 *
 * @throws {FileError} `damaged-file` naming the first line that is not JSON
 * @example
 * await writeJsonLines('rows.jsonl', [{ a: 1 }, { a: 2 }]);
 * console.log((await readJsonLines('rows.jsonl')).length); // 2
 */
export async function readJsonLines<T>(path: string): Promise<T[]> {
  const text = (await readText(path, LONGEST_TEXT)).trimEnd();
  if (text === '') return [];
  return text.split('\n').map((line, index) => parse<T>(line, path, `${path}, line ${index + 1},`));
}

/**
 * Writes one JSON value per line, the whole file or nothing.
 *
 * @example
 * await writeJsonLines('lines.jsonl', [1, 2]);
 * console.log(await readJsonLines('lines.jsonl')); // [ 1, 2 ]
 */
export function writeJsonLines(path: string, values: readonly unknown[]): Promise<void> {
  return writeWhole(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

function parse<T>(text: string, path: string, place: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new FileError(
      'damaged-file',
      path,
      `${place} is not JSON. Restore the file, or remove what it belongs to and make it again.`,
      { cause },
    );
  }
}
