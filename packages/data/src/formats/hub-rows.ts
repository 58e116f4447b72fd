import { type HubOptions, type HubRepository, openRepository } from '@ais/runtime/hub';
import { DataError } from '../errors.js';
import type { RowSource } from '../records/row.js';
import { type FileFormat, formatByName } from './file-format.js';
import { fileRows } from './file-rows.js';
import { onHub } from './on-hub.js';

/** Options of `hubRows`. */
export interface HubRowsOptions extends HubOptions {
  /** `train` by default. */
  split?: string;
  /** The folder of a data set that has several, such as `comparisons`. */
  configuration?: string;
  /** As of `HubOptions`. Data sets that are made by a script have their rows at `refs/convert/parquet`. */
  revision?: string;
  /** The source's name; the repository by default. */
  name?: string;
}

/**
 * The rows of a data set on the Hugging Face Hub, from its Parquet, JSON, CSV or Arrow files.
 *
 * The revision is resolved to a commit once a reading; files are brought one after the other into the cache, each
 * going on where it was cut off, and are read only when their hash is the Hub's. What is in the cache is not brought
 * again.
 *
 * @param repository `owner/name`
 * @param options split, revision, and where things are
 * @returns the rows; a row's key is its number, behind the number of its file where there are several
 * @throws {DataError} while reading: `hub-failed` where the repository, the revision or the split is not there or the
 *   network fails; `damaged-file` where a hash differs; what the files' rows throw
 * @example
 * const pairs = comparisonSource(hubRows('trl-lib/tldr-preference', { split: 'validation' }));
 */
export function hubRows(repository: string, options: HubRowsOptions = {}): RowSource {
  const { split = 'train', configuration, name = repository } = options;
  return {
    name,
    async *rows(faults, wanted) {
      const opened = await onHub(openRepository('dataset', repository, options));
      const files = chooseFiles(opened, await onHub(opened.files()), split, configuration);
      for (const [index, file] of files.entries()) {
        const [path = ''] = await onHub(opened.bring(file));
        for await (const row of fileRows(path).rows(faults, wanted)) {
          yield files.length === 1 ? row : { ...row, key: `${index + 1}-${row.key}` };
        }
      }
    },
  };
}

const PREFERRED: readonly FileFormat[] = ['parquet', 'jsonl', 'json', 'csv', 'arrow'];

/**
 * The files of a split: those with the split's name as a whole word in their path, of one format, Parquet where there is
 * any, in the order of their names, which is the order of their shards.
 */
function chooseFiles(
  repository: HubRepository,
  all: readonly string[],
  split: string,
  configuration: string | undefined,
): string[] {
  const isOfSplit = (path: string): boolean => path.split(/[/._-]/).includes(split);
  const isOfConfiguration = (path: string): boolean =>
    configuration === undefined || path.split('/').slice(0, -1).includes(configuration);
  const chosen = all.filter((path) => isOfSplit(path) && isOfConfiguration(path));
  const formats = chosen.map(formatByName);
  const format = PREFERRED.find((candidate) => formats.includes(candidate));
  const files = format === undefined ? [] : chosen.filter((_, index) => formats[index] === format);
  const folders = [...new Set(files.map((path) => path.split('/').slice(0, -1).join('/')))];
  if (files.length > 0 && folders.length === 1) return [...files].sort();
  const place = `split ${split}${configuration === undefined ? '' : ` of ${configuration}`}`;
  if (files.length > 0) {
    throw notThere(
      repository,
      `${place} is in several folders (${folders.join(', ')}). Give one as configuration.`,
    );
  }
  const there = all.slice(0, 20).join(', ') || 'no file';
  throw notThere(
    repository,
    `no file of ${place} is in a format that is read; there is ${there}. For a data set made by a script, try revision refs/convert/parquet.`,
  );
}

function notThere({ name, endpoint }: HubRepository, what: string): DataError {
  return new DataError('hub-failed', `${name} on ${endpoint}: ${what}`, { place: { file: name } });
}
