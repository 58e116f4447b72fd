import { nodeBuiltin } from '@ais/runtime/files';
import { UnknownSourceError } from '../errors.js';
import type { RowSource } from '../records/row.js';
import { type FileFormat, formatByName } from './file-format.js';
import { fileRows } from './file-rows.js';
import { hubRows } from './hub-rows.js';
import { namedSplit } from './named-split.js';
import { isSavedDataset, savedDatasetRows } from './saved-dataset-rows.js';

/** Options of `openRows`. */
export interface OpenRowsOptions {
  /** Of a data set on the Hub or of a saved dictionary of sets; by default what the name says, else `train`. */
  readonly split?: string;
  /** Of a data set on the Hub; `main` by default. */
  readonly revision?: string;
  /** Of a file; by default what it starts with says it. */
  readonly format?: FileFormat;
  /** Of a CSV file; by default its header says it. */
  readonly delimiter?: string;
}

/**
 * The rows that a name on a command line or in a configuration stands for: a file, a folder that `save_to_disk` of Python's
 * `datasets` wrote, or a data set on the Hub.
 *
 * What exists on disk is never looked for on the Hub, and neither is what looks like a path.
 *
 * @param name the path of a file in any format of `fileRows`, of a folder, or `owner/name` of a data set on the Hub; of a data
 *   set with splits also one of them: `owner/name:train_prefs`, `folder:test`, `owner/name:comparisons/train`
 * @param options which of the rows, and how a file is read
 * @returns the rows, for `textSource`, `comparisonSource` or `sampleSource`
 * @throws {UnknownSourceError} where the name is none of these
 * @example
 * const { pairs } = await pairsFromSamples(sampleSource(openRows('samples.jsonl')).records());
 */
export function openRows(name: string, options: OpenRowsOptions = {}): RowSource {
  const { statSync } = nodeBuiltin('node:fs', 'openRows');
  const { split: asked, revision, ...file } = options;
  const stats = (path: string) => statSync(path, { throwIfNoEntry: false });
  const found = stats(name);
  if (found?.isDirectory()) return folderRows(name, asked);
  if (found !== undefined) return fileRows(name, file);
  const { dataset, configuration, split = asked } = namedSplit(name);
  if (asked !== undefined && asked !== split) {
    throw new UnknownSourceError(`${name} names the split ${split}, and ${asked} is asked for. Name one.`);
  }
  if (configuration === undefined && stats(dataset)?.isDirectory()) return folderRows(dataset, split);
  if (isPathLike(dataset)) {
    throw new UnknownSourceError(`There is no file or folder ${dataset}. Check the path.`);
  }
  if (/^[\w.-]+\/[\w.-]+$/.test(dataset)) {
    return hubRows(dataset, {
      name,
      ...(configuration === undefined ? {} : { configuration }),
      ...(split === undefined ? {} : { split }),
      ...(revision === undefined ? {} : { revision }),
    });
  }
  throw new UnknownSourceError(
    `There is no source "${name}". A source is a file (JSON Lines, JSON, CSV, Parquet, Arrow), a folder of save_to_disk or of ais data build, owner/name on the Hub, or for text synthetic, debian, describe, or facts.`,
  );
}

function folderRows(directory: string, split: string | undefined): RowSource {
  if (isSavedDataset(directory)) {
    return savedDatasetRows(directory, split === undefined ? {} : { split });
  }
  const { existsSync, readdirSync } = nodeBuiltin('node:fs', 'openRows');
  if (existsSync(`${directory}/parts/settings.json`)) {
    throw new UnknownSourceError(
      `The folder ${directory} holds a data set whose preparation was interrupted. Give the same ais data build again: it resumes.`,
    );
  }
  if (existsSync(`${directory}/manifest.json`) && existsSync(`${directory}/tokenizer`)) {
    throw new UnknownSourceError(
      `The folder ${directory} holds a data set that ais data build prepared, and rows are needed here. Name what it was prepared from.`,
    );
  }
  const files = readdirSync(directory).filter((file) => formatByName(file) !== undefined);
  const there = files.length > 0 ? ` Name a file in it: ${files.slice(0, 5).join(', ')}.` : '';
  throw new UnknownSourceError(
    `The folder ${directory} was written neither by ais data build nor by save_to_disk of datasets.${there}`,
  );
}

/** Whether a name means a place on disk even though nothing is there. */
function isPathLike(name: string): boolean {
  const { existsSync } = nodeBuiltin('node:fs', 'openRows');
  const [first = '', second] = name.split(/[/\\]/);
  if (/^(?:[./\\~]|[a-z]:[/\\])/i.test(name) || formatByName(name) !== undefined) return true;
  const steps = name.split(/[/\\]/).length;
  return steps > 2 || name.includes('\\') || (second !== undefined && existsSync(first));
}
