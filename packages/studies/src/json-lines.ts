import { readFile } from 'node:fs/promises';
import { writeWhole } from './durable-json.js';

/** Reads a file that this package wrote, one JSON value a line. */
export async function readJsonLines<T>(path: string): Promise<T[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as T;
    } catch (error) {
      throw new DamagedFileError(path, index + 1, error);
    }
  });
}

/** Writes one JSON value a line, the whole file or nothing. */
export function writeJsonLines(path: string, values: readonly unknown[]): Promise<void> {
  return writeWhole(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

/** A file of a run directory that is not as it was written. */
export class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
  constructor(path: string, line: number, cause: unknown) {
    super(
      `@ais/studies: ${path}, line ${line}, is damaged. Remove the folder it stands in and resume the run: the stage runs again.`,
      { cause },
    );
  }
}
