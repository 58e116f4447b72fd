import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainFileError, LONGEST_TEXT, openToAppend, readText, sha256 } from '@ais/runtime/files';
import { ConfigurationMismatch } from '../errors.js';
import { firstDifference, isObject, type Json, type JsonObject, valueAt } from './json.js';
import { requireWhole } from './require-whole.js';

/** Long work in parts that do not depend on one another, kept in a file as they are done. */
export interface PartialWork<Part extends Json> {
  /** Parts that an earlier process did, by number. */
  readonly done: ReadonlyMap<number, Part>;
  /** Keeps a part: from now on a kill of the process does not lose it. */
  keep(number: number, part: Part): Promise<void>;
  /** Flushes what was kept to the disk; the file is to be removed once the whole result is elsewhere. */
  close(): Promise<void>;
}

/**
 * Where the parts of what goes into a file are kept until the file is whole.
 *
 * @example
 * console.log(partialPath('responses.jsonl')); // responses.jsonl.partial
 */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

interface Line {
  /** Hash of the inputs: lines of a process that still does earlier work are told apart by it. */
  readonly work: string;
  readonly inputs?: JsonObject;
  readonly part?: number;
  readonly value?: Json;
}

/**
 * Opens the file of a piece of work, to resume where an earlier process stopped, or starts it.
 *
 * One JSON object per line: the first says what the work depends on, a resume with other notes adds such a line, and the others are
 * parts. A line that was cut off is left out, so its part is done again. Two processes that do the same work side by side do it twice,
 * and harm nothing.
 *
 * @param path of the file
 * @param inputs everything that the parts depend on; what is under `notes` is kept with them, and may differ on resume
 * @param resume whether to resume; otherwise the file is started over, as it is with `if-same` if the inputs differ
 * @throws {ConfigurationMismatch} naming the input that differs from those of the file
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * const work = await openPartialWork('letters.partial', { of: 'abc' }, true);
 * await work.keep(0, 'a');
 * await work.close();
 * const later = await openPartialWork('letters.partial', { of: 'abc' }, true);
 * console.log(later.done.get(0)); // a
 * await later.close();
 */
export async function openPartialWork<Part extends Json>(
  path: string,
  inputs: JsonObject,
  resume: boolean | 'if-same',
): Promise<PartialWork<Part>> {
  const done = new Map<number, Part>();
  const found = resume ? await readLines(path) : [];
  const stored = newestInputs(found);
  const given = JSON.stringify(withoutNotes(inputs));
  const work = sha256(given).slice(0, 16);
  if (stored) {
    const key = firstDifference(withoutNotes(stored), JSON.parse(given) as JsonObject);
    if (key !== undefined) {
      if (resume === 'if-same') return openPartialWork(path, inputs, false);
      throw new ConfigurationMismatch(key, path, valueAt(stored, key), valueAt(inputs, key), 'file');
    }
    for (const line of found) {
      if (line.part !== undefined && line.work === work) done.set(line.part, line.value as Part);
    }
  }
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await openToAppend(path);
    const write = async (line: Line): Promise<void> => {
      try {
        await file.appendFile(`${JSON.stringify(line)}\n`);
      } catch (error) {
        throw explainFileError(error, path);
      }
    };
    // What a kill has cut off ends here.
    if (stored) await file.appendFile('\n');
    else await file.truncate();
    // A resumed one too, if its notes differ.
    if (JSON.stringify(stored) !== JSON.stringify(inputs)) await write({ work, inputs });
    return {
      done,
      keep: (part, value) => write({ work, part, value }),
      async close() {
        await file.sync();
        await file.close();
      },
    };
  } catch (error) {
    throw explainFileError(error, path);
  }
}

/**
 * What is in the file of a piece of work: what it depends on, and its parts that are done; undefined if there is none.
 */
export async function readPartialWork(
  path: string,
): Promise<{ readonly inputs: JsonObject; readonly done: ReadonlyMap<number, Json> } | undefined> {
  const lines = await readLines(path);
  const inputs = newestInputs(lines);
  if (!inputs) return undefined;
  const done = new Map<number, Json>();
  for (const { work, part, value } of lines) {
    if (part !== undefined && value !== undefined && work === lines[0]?.work) done.set(part, value);
  }
  return { inputs, done };
}

/**
 * Does the parts that an earlier process has not done, keeps each when it is done, and closes the work.
 *
 * @param count of all parts
 * @param isOurs which parts to do; all by default
 * @returns the parts that were to do, in order
 * @throws {TrainerError} `invalid-option` for a `count` that is not an integer, or below 0
 * @throws what `compute` throws; the parts before it are kept
 * @example
 * const work = await openPartialWork('squares.partial', { numbers: 3 }, true);
 * console.log(await inParts(work, 3, async (part) => part ** 2)); // [ 0, 1, 4 ]
 */
export async function inParts<Part extends Json>(
  work: PartialWork<Part>,
  count: number,
  compute: (part: number) => Promise<Part>,
  isOurs: (part: number) => boolean = () => true,
): Promise<Part[]> {
  const parts: Part[] = [];
  try {
    requireWhole('count', count, 0);
    for (let part = 0; part < count; part++) {
      if (!isOurs(part)) continue;
      let value = work.done.get(part);
      if (value === undefined) {
        value = await compute(part);
        await work.keep(part, value);
      }
      parts.push(value);
    }
  } finally {
    await work.close();
  }
  return parts;
}

/**
 * What a piece of work that was begun depends on; undefined if there is none.
 *
 * @example
 * await (await openPartialWork('words.partial', { of: 'words' }, true)).close();
 * console.log(await partialWorkInputs('words.partial')); // { of: 'words' }
 */
export async function partialWorkInputs(path: string): Promise<JsonObject | undefined> {
  return newestInputs(await readLines(path));
}

/** The inputs of the work that the first line begins, with the notes of the last call that resumed it. */
function newestInputs(lines: readonly Line[]): JsonObject | undefined {
  const [first] = lines;
  return first?.inputs && lines.findLast(({ work, inputs }) => inputs && work === first.work)?.inputs;
}

function withoutNotes({ notes: _, ...inputs }: JsonObject): JsonObject {
  return inputs;
}

async function readLines(path: string): Promise<Line[]> {
  const text = await readText(path, LONGEST_TEXT).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return isObject(value) && (value['inputs'] === undefined || isObject(value['inputs']))
        ? [value as object as Line]
        : [];
    } catch {
      return [];
    }
  });
}
