import { bringFile, failed, type HubAccess, type HubFile, listFilesAt, resolveCommit } from './hub-files.js';
import { jsonlRows } from './jsonl-rows.js';
import { nodeBuiltin } from './node-builtins.js';
import { parquetRows } from './parquet-rows.js';
import type { RowSource } from './row.js';

export interface HubRowsOptions {
  /** `train` by default. */
  split?: string;
  /** The folder of a data set that has several, such as `comparisons`. */
  configuration?: string;
  /**
   * A branch, tag or commit; `main` by default. Pin a commit: then nothing is looked up that is in the cache, and the
   * rows are the same for ever. Data sets that are made by a script have their rows at `refs/convert/parquet`.
   */
  revision?: string;
  /** Where files are kept; as of Python's `huggingface_hub` by default (HF_HUB_CACHE, HF_HOME). */
  cacheDirectory?: string;
  /** The Hub's address; the environment's HF_ENDPOINT, or https://huggingface.co, by default. */
  endpoint?: string;
  /** For private repositories; the environment's HF_TOKEN by default. */
  accessToken?: string;
  /** The source's name; the repository by default. */
  name?: string;
}

/**
 * The rows of a data set on the Hugging Face Hub, from its Parquet or JSONL files.
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
  const { split = 'train', configuration, revision = 'main', name = repository } = options;
  return {
    name,
    async *rows(faults, wanted) {
      const access = await accessOf(repository, options);
      const commit = await resolveCommit(access, revision);
      const files = chooseFiles(access, await listFilesAt(access, commit), split, configuration);
      for (const [index, file] of files.entries()) {
        const path = await bringFile(access, commit, file);
        const rows = path.endsWith('.parquet') ? parquetRows(path) : jsonlRows(path);
        for await (const row of rows.rows(faults, wanted)) {
          yield files.length === 1 ? row : { ...row, key: `${index + 1}-${row.key}` };
        }
      }
    },
  };
}

async function accessOf(repository: string, options: HubRowsOptions): Promise<HubAccess> {
  const { join } = nodeBuiltin('node:path', 'hubRows');
  const { getHFHubCachePath, getRepoFolderName } = await import('@huggingface/hub');
  const { env } = process;
  const accessToken = options.accessToken ?? env['HF_TOKEN'];
  const cache = options.cacheDirectory ?? getHFHubCachePath();
  return {
    repository,
    endpoint: (options.endpoint ?? env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, ''),
    folder: join(cache, getRepoFolderName({ type: 'dataset', name: repository })),
    ...(accessToken === undefined ? {} : { accessToken }),
  };
}

/**
 * The files of a split: those with the split's name as a whole word in their path, Parquet where there is any,
 * in the order of their names, which is the order of their shards.
 */
function chooseFiles(
  access: HubAccess,
  all: readonly HubFile[],
  split: string,
  configuration: string | undefined,
): HubFile[] {
  const isOfSplit = ({ path }: HubFile): boolean => path.split(/[/._-]/).includes(split);
  const isOfConfiguration = ({ path }: HubFile): boolean =>
    configuration === undefined || path.split('/').slice(0, -1).includes(configuration);
  const chosen = all.filter((file) => isOfSplit(file) && isOfConfiguration(file));
  const tables = chosen.filter(({ path }) => path.endsWith('.parquet'));
  const lines = chosen.filter(({ path }) => /\.jsonl?(\.gz|\.zst)?$/.test(path));
  const files = tables.length > 0 ? tables : lines;
  const folders = [...new Set(files.map(({ path }) => path.split('/').slice(0, -1).join('/')))];
  if (files.length > 0 && folders.length === 1) {
    return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
  const place = `split ${split}${configuration === undefined ? '' : ` of ${configuration}`}`;
  if (files.length > 0) {
    throw failed(access, `${place} is in several folders (${folders.join(', ')}): give one as configuration`);
  }
  const there = all.map(({ path }) => path).slice(0, 20);
  throw failed(
    access,
    `no Parquet or JSONL file is of ${place}; there is ${there.join(', ') || 'no file'}. For a data set made by a script, try revision refs/convert/parquet`,
  );
}
