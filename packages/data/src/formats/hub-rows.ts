import { type HubOptions, type HubRepository, openRepository } from '@ais/runtime/hub';
import { DataError } from '../errors.js';
import type { RowSource } from '../records/row.js';
import { type FileFormat, formatByName } from './file-format.js';
import { fileRows } from './file-rows.js';
import { onHub } from './on-hub.js';
import { splitFiles, splitNames, splitsBelow } from './split-files.js';

/** Options of `hubRows`. */
export interface HubRowsOptions extends HubOptions {
  /** `train` by default: the name of files or of their folder, in full, such as `train_prefs`. */
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
 * resuming where it was cut off, and are read only when their hash is the Hub's. What is in the cache is not brought
 * again.
 *
 * @param repository `owner/name`
 * @param options split, revision, and where things are
 * @returns the rows; a row's key is its number, behind the number of its file where there are several
 * @throws {DataError} while reading: `hub-failed` where the repository, the revision or the split is not there, the split's
 *   name could mean several, or the network fails; `damaged-file` where a hash differs; what the files' rows throw
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
 * The files of a split, of one format, Parquet where there is any, in the order of their names, which is the order of
 * their shards.
 */
function chooseFiles(
  repository: HubRepository,
  all: readonly string[],
  split: string,
  configuration: string | undefined,
): string[] {
  const place = `split ${split}${configuration === undefined ? '' : ` of ${configuration}`}`;
  const readable = all.filter(
    (path) =>
      formatByName(path) !== undefined &&
      (configuration === undefined || path.split('/').slice(0, -1).includes(configuration)),
  );
  const formats = splitFiles(readable, split).files.map(formatByName);
  const format = PREFERRED.find((candidate) => formats.includes(candidate));
  const { files, names } = splitFiles(
    readable.filter((path) => formatByName(path) === format),
    split,
  );
  if (files.length === 0) throw notThere(repository, noSplit(repository, place, all, readable));
  if (names.length > 1) {
    throw notThere(repository, `${place} could be any of ${names.join(', ')}. ${choose(repository)}`);
  }
  const [name = split] = names;
  const below = splitsBelow(files, name).map((own) => `${repository.name}:${name}/${own}`);
  if (below.length > 0) {
    throw notThere(
      repository,
      `${place} is a folder of several splits. Choose one of them as split, and the folder as configuration (in a command: ${below.slice(0, LISTED).join(', ')}).`,
    );
  }
  const folders = [...new Set(files.map((path) => path.split('/').slice(0, -1).join('/')))];
  if (folders.length > 1) {
    throw notThere(
      repository,
      `${place} is in several folders (${folders.join(', ')}). Choose one as configuration (in a command: ${repository.name}:FOLDER/${split}).`,
    );
  }
  return [...files].sort();
}

/** Names that a message lists. */
const LISTED = 20;

/** How one of several is named, in code and on the command line. */
const choose = ({ name }: HubRepository): string =>
  `Choose one of them as split (in a command: ${name}:SPLIT).`;

/** Why there is no such split. */
function noSplit(
  repository: HubRepository,
  place: string,
  all: readonly string[],
  readable: readonly string[],
): string {
  const script = 'For a data set made by a script, try revision refs/convert/parquet.';
  if (readable.length > 0) {
    const names = splitNames(readable).slice(0, LISTED).join(', ');
    return `there is no ${place}; there is ${names}. ${choose(repository)} ${script}`;
  }
  const there = all.slice(0, LISTED).join(', ') || 'no file';
  return `no file of ${place} is in a format that is read; there is ${there}. ${script}`;
}

function notThere({ name, endpoint }: HubRepository, what: string): DataError {
  return new DataError('hub-failed', `${name} on ${endpoint}: ${what}`, { place: { file: name } });
}
