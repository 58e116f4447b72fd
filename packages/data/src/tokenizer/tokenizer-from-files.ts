import { DataError } from '../errors.js';
import { parseTokenizerFile } from './parse-tokenizer-file.js';
import { type Tokenizer, tokenizerFrom } from './tokenizer.js';
import {
  ADDITIONAL_TEMPLATES,
  COMPANION_FILES,
  type CompanionFiles,
  TOKENIZER_FILE,
} from './tokenizer-folder.js';
import type { TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';

/** The texts of a tokenizer's files. */
export interface TokenizerTexts {
  /** `tokenizer.json` */
  readonly json: string;
  readonly companions: CompanionFiles;
  /** Where the companions lie, and the path of `tokenizer.json`, for messages. */
  readonly folder: string;
  readonly file: string;
  /** What messages about its tokens call it. */
  readonly name: string;
}

/**
 * Makes a tokenizer from the files of its folder. Works in browsers.
 *
 * @param files contents by name, in a map or an object: `tokenizer.json`, and if they are there `tokenizer_config.json`, `special_tokens_map.json`,
 *   `chat_template.jinja`, and `additional_chat_templates/NAME.jinja`; others are left alone. `modelFiles` of
 *   `@ais/language-model` gives those of a model that was loaded
 * @param name what messages call it
 * @returns the tokenizer, with the chat templates that the files have
 * @throws {DataError} `tokenizer-not-found` without a `tokenizer.json`; `invalid-tokenizer` if a file is damaged
 * @example
 * const file = await (await fetch('/model/tokenizer.json')).text();
 * const tokenizer = tokenizerFromFiles(new Map([['tokenizer.json', file]]));
 */
export function tokenizerFromFiles(
  given: ReadonlyMap<string, Uint8Array | string> | Readonly<Record<string, Uint8Array | string>>,
  name = 'the model',
): Tokenizer {
  const files = new Map(given instanceof Map ? given : Object.entries(given));
  const text = (content: Uint8Array | string): string =>
    typeof content === 'string' ? content : new TextDecoder().decode(content);
  const json = files.get(TOKENIZER_FILE);
  if (json === undefined) {
    throw new DataError(
      'tokenizer-not-found',
      `${name} has no ${TOKENIZER_FILE}. Give the files of a model that comes with its tokenizer.`,
      { place: { file: TOKENIZER_FILE } },
    );
  }
  const known = [...files].filter(
    ([file]) =>
      (COMPANION_FILES as readonly string[]).includes(file) || file.startsWith(`${ADDITIONAL_TEMPLATES}/`),
  );
  const companions: CompanionFiles = Object.fromEntries(
    known.map(([file, content]) => [file, text(content)]),
  );
  return tokenizerFromTexts({
    json: text(json),
    companions,
    folder: name,
    file: `${name}/${TOKENIZER_FILE}`,
    name,
  });
}

/** Makes a tokenizer from the texts of its files. */
export function tokenizerFromTexts({ json, companions, folder, file, name }: TokenizerTexts): Tokenizer {
  const read = (companion: (typeof COMPANION_FILES)[number]): TokenizerConfigJson => {
    const text = companions[companion];
    return text === undefined ? {} : parseTokenizerFile(text, `${folder}/${companion}`);
  };
  return tokenizerFrom({
    json: parseTokenizerFile<TokenizerJson>(json, file),
    configuration: read('tokenizer_config.json'),
    specialTokens: read('special_tokens_map.json'),
    companions,
    file,
    name,
  });
}
