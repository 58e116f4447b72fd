import { writeEndTokens } from '../families/eos-token-id.js';
import type { GptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import type { CompanionFiles } from '../model/companion-files.js';
import { endTokens } from '../model/end-tokens.js';
import { tokenizerFacts } from '../model/tokenizer-facts.js';
import { nodeBuiltin } from '../node-builtins.js';
import { CONFIGURATION_FILE, GENERATION_FILE, parseJson, TOKENIZER_FILE } from './checkpoint.js';
import { readTokenizerFiles } from './companion-files.js';

/** What is written beside weights, before it agrees. */
export interface FilesToWrite {
  readonly configuration: GptNeoxConfiguration;
  /** The files that the model carries. */
  readonly companions: CompanionFiles;
  /** The folder of another tokenizer. */
  readonly tokenizer?: string | undefined;
  /** Whether the model generates, and so has a `generation_config.json`. */
  readonly generates: boolean;
}

/** A configuration, and the files beside it. */
export interface AgreeingFiles {
  readonly configuration: GptNeoxConfiguration;
  readonly files: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * Makes `config.json`, `generation_config.json` and `tokenizer_config.json` declare the same end-of-text tokens: those
 * of the configuration and the tokenizer's. A file that does so already stays as it is.
 */
export async function agreeingFiles({
  configuration,
  companions,
  tokenizer,
  generates,
}: FilesToWrite): Promise<AgreeingFiles> {
  const { join } = nodeBuiltin('node:path');
  const ofTokenizer = tokenizer === undefined ? companions : await readTokenizerFiles(tokenizer);
  const { endOfText } = tokenizerFacts(ofTokenizer);
  const { tokens } = endTokens({
    configurations: [{ file: CONFIGURATION_FILE, tokens: configuration.endOfTextTokens }],
    tokenizer: endOfText && { file: join(ofTokenizer.directory, TOKENIZER_FILE), ...endOfText },
    vocabularySize: configuration.vocabularySize,
  });
  const files = new Map<string, Uint8Array | string>(ofTokenizer.files);
  files.delete(GENERATION_FILE);

  const put = (
    { files: from, directory }: CompanionFiles,
    name: string,
    keys: Json,
    defaults: Json,
  ): void => {
    const content = from.get(name);
    const parsed = content === undefined ? {} : parseJson(content, join(directory, name));
    const json: Json = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
    const agrees = Object.entries(keys).every(
      ([key, value]) => JSON.stringify(json[key]) === JSON.stringify(value),
    );
    const changed = `${JSON.stringify({ ...defaults, ...json, ...keys }, null, 2)}\n`;
    files.set(name, content !== undefined && agrees ? content : changed);
  };
  if (endOfText !== undefined && !endOfText.isNamed) {
    put(ofTokenizer, TOKENIZER_FILE, { eos_token: endOfText.content }, {});
  }
  if (generates) {
    const { startOfTextToken } = configuration;
    put(
      companions,
      GENERATION_FILE,
      { eos_token_id: writeEndTokens(tokens) },
      { bos_token_id: startOfTextToken },
    );
  }
  return { configuration: { ...configuration, endOfTextTokens: tokens }, files };
}

type Json = Record<string, unknown>;
