import { DataError } from '../errors.js';
import { bringFile, type HubOptions, hubAccess, listFilesAt, resolveCommit } from '../formats/hub-files.js';
import { nodeBuiltin } from '../node-builtins.js';
import { createTokenizer, type Tokenizer } from './tokenizer.js';
import type { TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';

export type LoadTokenizerOptions = HubOptions;

/**
 * Loads the tokenizer of a model from its folder, or of a repository on the Hugging Face Hub.
 *
 * Reads `tokenizer.json` and, where there is one, `tokenizer_config.json`. What exists on disk is read from disk;
 * another name of the form `owner/name` is looked up on the Hub, and its two files are kept in the cache of Python's
 * `huggingface_hub`, hashes compared, as `loadPretrained` of `@ais/language-model` keeps a model's.
 *
 * @param directoryOrRepository a folder, the path of a `tokenizer.json`, or `owner/name`
 * @param options for repositories only
 * @returns the tokenizer
 * @throws {DataError} `tokenizer-not-found` where there is none; `hub-failed` where the repository is not there or cannot be
 *   reached; `invalid-tokenizer` where the file is damaged
 * @example
 * const tokenizer = await loadTokenizer('runs/tiny/tokenizer');
 * tokenizer.encode(' Made soup.');
 */
export async function loadTokenizer(
  directoryOrRepository: string,
  options: LoadTokenizerOptions = {},
): Promise<Tokenizer> {
  const { stat } = nodeBuiltin('node:fs/promises', 'loadTokenizer');
  const { join, dirname } = nodeBuiltin('node:path', 'loadTokenizer');
  const found = await stat(directoryOrRepository).catch(() => undefined);
  const isRepository = found === undefined && /^[\w.-]+\/[\w.-]+$/.test(directoryOrRepository);
  const folder = isRepository
    ? await bringTokenizer(directoryOrRepository, options)
    : found?.isFile()
      ? dirname(directoryOrRepository)
      : directoryOrRepository;
  const file = found?.isFile() ? directoryOrRepository : join(folder, FILES[0]);
  const [json, configuration] = await Promise.all([file, join(folder, FILES[1])].map(readIfThere));
  if (json === undefined) {
    throw new DataError(
      'tokenizer-not-found',
      isRepository
        ? `The repository ${directoryOrRepository} on the Hub holds no tokenizer.json. Check the name, or give a folder.`
        : `There is no ${file}. Give the folder of a model that has one, or make one with trainTokenizer and its save().`,
      { place: { file } },
    );
  }
  return createTokenizer(
    parse(json, file) as TokenizerJson,
    (configuration === undefined
      ? {}
      : parse(configuration, join(dirname(file), 'tokenizer_config.json'))) as TokenizerConfigJson,
    file,
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'loadTokenizer');
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DataError('file-unreadable', `${path} cannot be read: ${message}.`, {
      cause,
      place: { file: path },
    });
  }
}

const FILES = ['tokenizer.json', 'tokenizer_config.json'] as const;

/** The folder in the cache to which the tokenizer's files are brought, as far as the repository has them. */
async function bringTokenizer(repository: string, options: HubOptions): Promise<string> {
  const { join } = nodeBuiltin('node:path', 'loadTokenizer');
  const access = await hubAccess('model', repository, options);
  const commit = await resolveCommit(access, options.revision ?? 'main');
  for (const file of await listFilesAt(access, commit)) {
    if ((FILES as readonly string[]).includes(file.path)) await bringFile(access, commit, file);
  }
  return join(access.folder, 'snapshots', commit);
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(
      'invalid-tokenizer',
      `${file} is not JSON: ${(cause as Error).message}. It is damaged; bring it again.`,
      { cause, place: { file } },
    );
  }
}
