import { CheckpointError } from '../errors.js';
import { diskFolder } from '../files/disk.js';
import { type FileFolder, readAll } from '../files/opened-file.js';
import type { CompanionFiles } from '../model/companion-files.js';

/** What lies beside a model's weights in Hugging Face's layout and goes where the model goes: its tokenizer first of all. */
export const COMPANION_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'generation_config.json',
] as const;

/** Where chat templates besides the first lie, each as `NAME.jinja`. */
export const TEMPLATES_FOLDER = 'additional_chat_templates';

/** Those of the additional templates that a server is asked for, which does not say which it has: the names that are in use. */
export const COMMON_TEMPLATES: readonly string[] = ['tool_use', 'rag'].map(
  (name) => `${TEMPLATES_FOLDER}/${name}.jinja`,
);

/** Whether a name in a folder is that of an additional template. */
export function isAdditionalTemplate(name: string): boolean {
  return (
    name.startsWith(`${TEMPLATES_FOLDER}/`) &&
    /^[^/\\]+\.jinja$/.test(name.slice(TEMPLATES_FOLDER.length + 1))
  );
}

/** Whether a name in a folder is that of a companion file. */
export function isCompanion(name: string): boolean {
  return (COMPANION_FILES as readonly string[]).includes(name) || isAdditionalTemplate(name);
}

/** The names that companion files of a folder may have: some need not be there. */
export async function possibleCompanions(folder: FileFolder): Promise<string[]> {
  const inside = await folder.list(TEMPLATES_FOLDER);
  const templates = inside.map((name) => `${TEMPLATES_FOLDER}/${name}`).filter(isAdditionalTemplate);
  return [...COMPANION_FILES, ...templates.sort()];
}

/**
 * The files of a folder on disk that go where its model goes, besides `config.json` and the weights: those of the tokenizer, chat
 * templates, and `generation_config.json`.
 *
 * @returns names of those that are there, as paths within the folder
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`, if the folder cannot be listed
 * @example
 * const names = await companionNames('aligned');
 * console.log(names.includes('tokenizer.json'), names.includes('model.safetensors')); // true false
 */
export async function companionNames(directory: string): Promise<string[]> {
  const folder = diskFolder(directory);
  const there = await folder.list('');
  return (await possibleCompanions(folder)).filter((name) => name.includes('/') || there.includes(name));
}

/**
 * Reads those of the companion files that a folder has. Additional templates have the path within the folder as their name.
 *
 * Their contents are kept, not their places: the folder may be gone when the model is saved.
 *
 * @throws {CheckpointError} `checkpoint-unreadable`
 */
export async function readCompanionFiles(folder: FileFolder): Promise<CompanionFiles> {
  const found = await Promise.all(
    (await possibleCompanions(folder)).map(async (name) => {
      const file = await folder.open(name);
      return file === undefined ? [] : [[name, await readAll(file)] as const];
    }),
  );
  return { files: new Map(found.flat()), directory: folder.place };
}

/**
 * The files of the tokenizer in a folder.
 *
 * @throws {CheckpointError} `checkpoint-not-found` where it has no `tokenizer.json`
 */
export async function readTokenizerFiles(directory: string): Promise<CompanionFiles> {
  const folder = diskFolder(directory);
  const companions = await readCompanionFiles(folder);
  if (companions.files.has('tokenizer.json')) return companions;
  throw new CheckpointError('checkpoint-not-found', 'give the folder of a tokenizer.', {
    file: folder.pathOf('tokenizer.json'),
  });
}
