import { nodeBuiltin, readText, writeWhole } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { specialToken } from './special-tokens.js';
import type { TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';

/** The file that holds a tokenizer, and what else a folder of one can hold. */
export const TOKENIZER_FILE = 'tokenizer.json';
export const COMPANION_FILES = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
] as const;

/** SentencePiece's own file: a second form of the tokenizer and of its end of text, which this package does not read. */
const SENTENCE_PIECE_FILE = 'tokenizer.model';

/** The folder of chat templates besides the first. */
export const ADDITIONAL_TEMPLATES = 'additional_chat_templates';

/** A file of `additional_chat_templates`. */
type AdditionalTemplate = `${typeof ADDITIONAL_TEMPLATES}/${string}.jinja`;

/**
 * The files beside `tokenizer.json`, to the byte: a configuration's numbers do not all survive JavaScript. Templates in
 * `additional_chat_templates` have the path within the folder as their name.
 */
export type CompanionFiles = Readonly<
  Partial<Record<(typeof COMPANION_FILES)[number] | AdditionalTemplate, string>>
>;

/**
 * Reads those of the companion files that a folder has.
 *
 * @throws {DataError} `file-unreadable`
 */
export async function readCompanions(directory: string): Promise<CompanionFiles> {
  const { join } = nodeBuiltin('node:path', 'loadTokenizer');
  const names = [...COMPANION_FILES, ...(await additionalTemplates(directory))];
  const entries = await Promise.all(
    names.map(async (name) => [name, await readIfThere(join(directory, name))] as const),
  );
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined));
}

async function additionalTemplates(directory: string): Promise<AdditionalTemplate[]> {
  const { readdir } = nodeBuiltin('node:fs/promises', 'loadTokenizer');
  const found = await readdir(`${directory}/${ADDITIONAL_TEMPLATES}`).catch(() => []);
  return found
    .filter((name) => name.endsWith('.jinja'))
    .sort()
    .map((name) => `${ADDITIONAL_TEMPLATES}/${name}` as AdditionalTemplate);
}

/**
 * A file's text, without a byte-order mark; undefined if there is no such file.
 *
 * @throws {DataError} `file-unreadable`
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DataError('file-unreadable', `${path} cannot be read: ${message}.`, {
      cause,
      place: { file: path },
    });
  }
}

/**
 * Writes a tokenizer's folder. Companion files of another tokenizer that was there are removed, and so is a `tokenizer.model` unless
 * the folder has this tokenizer with this end of text; `tokenizer.json` comes last, so that a folder that has it is whole.
 *
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function writeTokenizerFolder(
  directory: string,
  json: TokenizerJson,
  companions: CompanionFiles,
): Promise<void> {
  const { rm } = nodeBuiltin('node:fs/promises', 'Tokenizer.save');
  const { join } = nodeBuiltin('node:path', 'Tokenizer.save');
  if (!(await holdsSame(directory, json, companions))) {
    await rm(join(directory, SENTENCE_PIECE_FILE), { force: true });
  }
  for (const name of COMPANION_FILES) {
    const [path, text] = [join(directory, name), companions[name]];
    await (text === undefined ? rm(path, { force: true }) : writeWhole(path, text));
  }
  await rm(join(directory, ADDITIONAL_TEMPLATES), { recursive: true, force: true });
  for (const [name, text] of Object.entries(companions)) {
    if (text !== undefined && name.startsWith(`${ADDITIONAL_TEMPLATES}/`))
      await writeWhole(join(directory, name), text);
  }
  await writeWhole(join(directory, TOKENIZER_FILE), jsonText(json));
}

/** Whether a folder that has a `tokenizer.model` has it beside the same `tokenizer.json` with the same end of text. */
async function holdsSame(
  directory: string,
  json: TokenizerJson,
  companions: CompanionFiles,
): Promise<boolean> {
  const { stat } = nodeBuiltin('node:fs/promises', 'Tokenizer.save');
  const { join } = nodeBuiltin('node:path', 'Tokenizer.save');
  if ((await stat(join(directory, SENTENCE_PIECE_FILE)).catch(() => undefined)) === undefined) return true;
  const stored = await readIfThere(join(directory, TOKENIZER_FILE));
  const former = await readIfThere(join(directory, 'tokenizer_config.json'));
  try {
    return (
      JSON.stringify(JSON.parse(stored ?? '')) === JSON.stringify(json) &&
      endOfTextIn(former) === endOfTextIn(companions['tokenizer_config.json'])
    );
  } catch {
    return false;
  }
}

function endOfTextIn(text = '{}'): string | undefined {
  return specialToken('eos_token', JSON.parse(text) as TokenizerConfigJson);
}

/** JSON as the files here hold it. */
export const jsonText = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;
