import { nodeBuiltin, readText } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import type { RowSource } from '../records/row.js';
import { arrowRows } from './arrow-rows.js';

/** Options of `savedDatasetRows`. */
export interface SavedDatasetRowsOptions {
  /** Of a dictionary of sets; `train` by default. */
  readonly split?: string;
  /** The source's name; the folder by default. */
  readonly name?: string;
}

const [STATE, DICTIONARY] = ['state.json', 'dataset_dict.json'];

/** Whether `save_to_disk` of Python's `datasets` wrote a folder. */
export function isSavedDataset(directory: string): boolean {
  const { existsSync } = nodeBuiltin('node:fs', 'Reading a data set');
  return [STATE, DICTIONARY].some((file) => existsSync(`${directory}/${file}`));
}

/**
 * The rows of a folder that `save_to_disk` of Python's `datasets` wrote: a `Dataset`, or a split of a `DatasetDict`.
 *
 * @param directory the folder
 * @param options the split
 * @returns the rows of all shards; a row's key is its number among them
 * @throws {DataError} while reading: `file-unreadable` where a file of the set is missing, `damaged-file`, `invalid-option`
 *   where there is no such split; as `arrowRows`
 * @example
 * const source = textSource(savedDatasetRows('saved', { split: 'test' }));
 */
export function savedDatasetRows(
  directory: string,
  { split, name = directory }: SavedDatasetRowsOptions = {},
): RowSource {
  return {
    name,
    async *rows(faults, wanted) {
      const { existsSync } = nodeBuiltin('node:fs', 'Reading a data set');
      const isDictionary = existsSync(`${directory}/${DICTIONARY}`);
      const folder = isDictionary ? await splitFolder(directory, split ?? 'train') : directory;
      if (!isDictionary && split !== undefined) await requireSplit(directory, split);
      let number = 0;
      for (const file of await shardsOf(folder)) {
        for await (const row of arrowRows(`${folder}/${file}`).rows(faults, wanted)) {
          number++;
          yield { ...row, key: String(number) };
        }
      }
    },
  };
}

async function splitFolder(directory: string, split: string): Promise<string> {
  const { splits } = await readJson(`${directory}/${DICTIONARY}`);
  if (!isNames(splits)) throw damaged(`${directory}/${DICTIONARY}`, 'has no list of splits');
  if (splits.includes(split)) return `${directory}/${split}`;
  throw new DataError(
    'invalid-option',
    `${directory} has no split "${split}"; it has ${splits.join(', ')}. Choose one as split (in a command: ${directory}:${splits[0]}).`,
    { place: { file: directory } },
  );
}

/** A set that stands alone is of one split, or says nothing about it. */
async function requireSplit(directory: string, split: string): Promise<void> {
  const { _split: own } = await readJson(`${directory}/${STATE}`);
  if (own === null || own === undefined || own === split) return;
  throw new DataError('invalid-option', `${directory} is the split ${JSON.stringify(own)}, not "${split}".`, {
    place: { file: directory },
  });
}

async function shardsOf(directory: string): Promise<string[]> {
  const path = `${directory}/${STATE}`;
  const { _data_files: files, _indices_data_files: indices } = await readJson(path);
  if (indices !== null && indices !== undefined) {
    throw damaged(path, 'selects rows by a list of indices, as old versions of datasets do; save it again');
  }
  const names = Array.isArray(files)
    ? files.map((file: { filename?: unknown } | null) => file?.filename)
    : [];
  // A name that leads out of the folder is none that the library writes.
  if (!Array.isArray(files) || !isNames(names) || names.some((name) => /[/\\]/.test(name))) {
    throw damaged(path, 'has no list of files');
  }
  return names;
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');

async function readJson(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new DataError(
      'file-unreadable',
      `${path} cannot be read: ${(cause as Error).message}. Check the folder and its permissions.`,
      { cause, place: { file: path } },
    );
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw damaged(path, `is not JSON: ${(cause as Error).message}`);
  }
  throw damaged(path, 'is not a JSON object');
}

function damaged(path: string, what: string): DataError {
  return new DataError('damaged-file', `${path} ${what}. Save the data set again.`, {
    fault: 'damaged-file',
    place: { file: path },
  });
}
