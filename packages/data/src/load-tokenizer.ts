import { DataError } from './errors.js';
import { nodeBuiltin } from './node-builtins.js';
import { createTokenizer, type Tokenizer } from './tokenizer.js';
import type { TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';

export interface LoadTokenizerOptions {
  /** A repository's branch, tag or commit; `main` by default. */
  revision?: string;
  /** The Hub's address; the environment's HF_ENDPOINT, or https://huggingface.co, by default. */
  endpoint?: string;
  /** For private repositories. */
  accessToken?: string;
}

/**
 * Loads the tokenizer of a model from its folder, or of a repository on the Hugging Face Hub.
 *
 * Reads `tokenizer.json` and, where there is one, `tokenizer_config.json`. What exists on disk is read from disk;
 * another name of the form `owner/name` is looked up on the Hub.
 *
 * @param directoryOrRepository a folder, the path of a `tokenizer.json`, or `owner/name`
 * @param options for repositories only
 * @returns the tokenizer
 * @throws {DataError} `tokenizer-not-found` where there is none; `invalid-tokenizer` where the file is damaged
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
  const file = found?.isFile() ? directoryOrRepository : join(directoryOrRepository, 'tokenizer.json');
  const read = isRepository
    ? (name: string) => download(directoryOrRepository, name, options)
    : (name: string) => readIfThere(name === 'tokenizer.json' ? file : join(dirname(file), name));

  const [json, configuration] = await Promise.all([read('tokenizer.json'), read('tokenizer_config.json')]);
  if (json === undefined) {
    throw new DataError(
      'tokenizer-not-found',
      isRepository
        ? `Neither a folder nor a repository on the Hub named ${directoryOrRepository} holds a tokenizer.json. Check the name, or give a folder.`
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

async function download(
  repository: string,
  name: string,
  { revision = 'main', endpoint, accessToken }: LoadTokenizerOptions,
): Promise<string | undefined> {
  const hub = endpoint ?? process.env['HF_ENDPOINT'] ?? 'https://huggingface.co';
  const address = `${hub}/${repository}/resolve/${encodeURIComponent(revision)}/${name}`;
  let response: Response;
  try {
    response = await fetch(
      address,
      accessToken ? { headers: { authorization: `Bearer ${accessToken}` } } : {},
    );
  } catch (cause) {
    throw new DataError(
      'tokenizer-not-found',
      `There is no folder ${repository}, and ${address} cannot be reached: ${(cause as Error).message}. Give a folder, or check the network.`,
      { cause, place: { file: address } },
    );
  }
  if (response.ok) return response.text();
  await response.body?.cancel();
  // The Hub answers 401 for repositories that do not exist, to those who are not logged in.
  if (response.status === 404 || (response.status === 401 && !accessToken)) return undefined;
  throw new DataError(
    'tokenizer-not-found',
    `${address} answers ${response.status} ${response.statusText}.`,
    {
      place: { file: address },
    },
  );
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
