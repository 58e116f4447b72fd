import { nodeBuiltin } from '@ais/runtime/files';
import { type HubOptions, isRepositoryName, openRepository } from '@ais/runtime/hub';
import { DataError } from '../errors.js';
import { onHub } from '../formats/on-hub.js';
import type { Tokenizer } from './tokenizer.js';
import {
  ADDITIONAL_TEMPLATES,
  COMPANION_FILES,
  readCompanions,
  readIfThere,
  TOKENIZER_FILE,
} from './tokenizer-folder.js';
import { tokenizerFromTexts } from './tokenizer-from-files.js';

/** Options of `loadTokenizer`. */
export type LoadTokenizerOptions = HubOptions;

/**
 * Loads the tokenizer of a model from its folder, or of a repository on the Hugging Face Hub.
 *
 * Reads `tokenizer.json` and, if they are there, `tokenizer_config.json`, `special_tokens_map.json`, and what else belongs
 * to a tokenizer: `save` writes them again as they were. What exists on disk is read from disk; another name of the form
 * `owner/name` is looked up on the Hub, and its files are kept in the cache of Python's `huggingface_hub`, hashes
 * compared, as `loadPretrained` of `@ais/language-model` keeps a model's.
 *
 * @param directoryOrRepository a folder, the path of a `tokenizer.json`, or `owner/name`
 * @param options for repositories only
 * @returns the tokenizer
 * @throws {DataError} `tokenizer-not-found` if there is none; `hub-failed` if the repository does not exist or cannot be
 *   reached; `invalid-tokenizer` if a file is damaged
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
  const isRepository = found === undefined && isRepositoryName(directoryOrRepository);
  const folder = isRepository
    ? await bringTokenizer(directoryOrRepository, options)
    : found?.isFile()
      ? dirname(directoryOrRepository)
      : directoryOrRepository;
  const file = found?.isFile() ? directoryOrRepository : join(folder, TOKENIZER_FILE);
  const [json, companions] = await Promise.all([readIfThere(file), readCompanions(folder)]);
  if (json === undefined) {
    throw new DataError(
      'tokenizer-not-found',
      isRepository
        ? `The repository ${directoryOrRepository} on the Hub has no tokenizer.json. Check the name, or give a folder.`
        : `There is no ${file}. Give the folder of a model that has one, or make one with trainTokenizer and its save().`,
      { place: { file } },
    );
  }
  return tokenizerFromTexts({ json, companions, folder, file, name: directoryOrRepository });
}

// The tokenizer itself last: where it is, the rest is.
const BROUGHT: readonly string[] = [...COMPANION_FILES, TOKENIZER_FILE];

/** The folder in the cache to which the tokenizer's files are brought, as far as the repository has them. */
async function bringTokenizer(repository: string, options: HubOptions): Promise<string> {
  const opened = await onHub(openRepository('model', repository, options));
  if (opened.offline) return opened.directory;
  const there = await onHub(opened.files());
  const templates = there.filter((name) => name.startsWith(`${ADDITIONAL_TEMPLATES}/`));
  await onHub(opened.bring(...templates, ...BROUGHT.filter((name) => there.includes(name))));
  return opened.directory;
}
