import { editJson, nodeBuiltin } from '@ais/runtime/files';
import type { ModelConfiguration } from '../families/architecture.js';
import { writeEndTokens } from '../families/eos-token-id.js';
import { type Json, record } from '../files/json.js';
import type { CompanionFiles } from '../model/companion-files.js';
import { endTokens } from '../model/end-tokens.js';
import { rewardPaddingToken } from '../model/padding-token.js';
import { tokenizerFacts } from '../model/tokenizer-facts.js';
import { CONFIGURATION_FILE, GENERATION_FILE, parseJson, TOKENIZER_FILE } from './checkpoint.js';
import { readTokenizerFiles } from './companion-files.js';

/** What is written beside weights, before it agrees. */
export interface FilesToWrite {
  readonly configuration: ModelConfiguration;
  /** The files that the model carries. */
  readonly companions: CompanionFiles;
  /** The folder of another tokenizer. */
  readonly tokenizer?: string | undefined;
  /** Whether the model generates, and so has a `generation_config.json`. */
  readonly generates: boolean;
}

/** A configuration, and the files beside it. */
export interface AgreeingFiles {
  /** The text of a reward model's padding token, if the tokenizer has it. */
  readonly padding?: string | undefined;
  readonly configuration: ModelConfiguration;
  readonly files: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * Makes `config.json`, `generation_config.json` and `tokenizer_config.json` declare the same end-of-text tokens, those
 * of the configuration and the tokenizer's; and for a reward model, the same padding token. A file that does so
 * already stays as it is.
 */
export async function agreeingFiles({
  configuration,
  companions,
  tokenizer,
  generates,
}: FilesToWrite): Promise<AgreeingFiles> {
  const { join } = nodeBuiltin('node:path', 'Saving a model');
  const ofTokenizer = tokenizer === undefined ? companions : await readTokenizerFiles(tokenizer);
  const facts = tokenizerFacts(ofTokenizer);
  const { endOfText } = facts;
  const { tokens } = endTokens({
    configurations: [{ file: CONFIGURATION_FILE, tokens: configuration.endOfTextTokens }],
    tokenizer: endOfText && { file: join(ofTokenizer.directory, TOKENIZER_FILE), ...endOfText },
    vocabularySize: configuration.vocabularySize,
  });
  const withEnds = { ...configuration, endOfTextTokens: tokens };
  const paddingToken = generates ? configuration.paddingToken : rewardPaddingToken(withEnds, facts);
  const agreeing = { ...withEnds, paddingToken };
  const padding = generates || paddingToken === null ? undefined : facts.special.get(paddingToken);

  const files = new Map<string, Uint8Array | string>(ofTokenizer.files);
  files.delete(GENERATION_FILE);
  const put = (name: string, from: CompanionFiles, keys: Json): void => {
    const content = from.files.get(name);
    const text = content === undefined ? '{}' : new TextDecoder().decode(content);
    const json = record(parseJson(text, join(from.directory, name)));
    const agrees = Object.entries(keys).every(
      ([key, value]) => JSON.stringify(record(json[key])['content'] ?? json[key]) === JSON.stringify(value),
    );
    files.set(name, content !== undefined && agrees ? content : editJson(text, keys));
  };
  if (endOfText !== undefined) {
    const keys = { eos_token: endOfText.content, ...(padding !== undefined && { pad_token: padding }) };
    put(TOKENIZER_FILE, ofTokenizer, keys);
    const map = ofTokenizer.files.get(SPECIAL_TOKENS_FILE);
    if (map !== undefined) {
      const present = record(parseJson(map, join(ofTokenizer.directory, SPECIAL_TOKENS_FILE)));
      const there = Object.entries(keys).filter(([key]) => present[key] !== undefined);
      put(SPECIAL_TOKENS_FILE, ofTokenizer, Object.fromEntries(there));
    }
  }
  if (generates) {
    const isNew = !companions.files.has(GENERATION_FILE);
    const keys = { eos_token_id: writeEndTokens(tokens) };
    put(
      GENERATION_FILE,
      companions,
      isNew
        ? {
            bos_token_id: configuration.startOfTextToken,
            ...keys,
            ...(paddingToken !== null && { pad_token_id: paddingToken }),
          }
        : keys,
    );
  }
  return { configuration: agreeing, files, padding };
}

const SPECIAL_TOKENS_FILE = 'special_tokens_map.json';
