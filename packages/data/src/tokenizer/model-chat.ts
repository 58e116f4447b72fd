import { DataError } from '../errors.js';
import type { CompanionFiles } from './tokenizer-folder.js';
import type { TokenizerConfigJson } from './tokenizer-json.js';

/** What a tokenizer's folder says about conversations. */
export interface ModelChat {
  /** Jinja by name; a model's only template is called `default`. */
  readonly templates: Readonly<Record<string, string>>;
  /** The special tokens by name (`bos_token`, …), which are variables of every template. */
  readonly specialTokens: Readonly<Record<string, string>>;
}

/**
 * What the files beside a `tokenizer.json` say about conversations, as `transformers` reads them: templates in files of their
 * own (`chat_template.jinja`, `additional_chat_templates/NAME.jinja`) count more than those in `tokenizer_config.json`.
 *
 * @throws {DataError} `invalid-tokenizer` for a `chat_template` that is none
 */
export function modelChat(
  configuration: TokenizerConfigJson,
  map: TokenizerConfigJson = {},
  companions: CompanionFiles = {},
): ModelChat {
  const ofFiles = templatesOfFiles(companions);
  const templates = Object.keys(ofFiles).length > 0 ? ofFiles : templatesOf(configuration['chat_template']);
  const tokens =
    configuration['added_tokens_decoder'] === undefined ? { ...configuration, ...map } : configuration;
  return { templates, specialTokens: specialTokensOf(tokens) };
}

function templatesOfFiles(companions: CompanionFiles): Record<string, string> {
  const templates: Record<string, string> = {};
  for (const [file, text] of Object.entries(companions)) {
    const additional = /^additional_chat_templates\/(.+)\.jinja$/.exec(file)?.[1];
    const name = file === 'chat_template.jinja' ? 'default' : additional;
    if (name !== undefined && text !== undefined) templates[name] = text;
  }
  return templates;
}

/** One template, or a list of named ones. */
function templatesOf(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string') return { default: value };
  const named: unknown[] = Array.isArray(value) ? value : [value];
  return Object.fromEntries(
    named.map((entry) => {
      const { name, template } = (entry ?? {}) as { name?: unknown; template?: unknown };
      if (typeof name === 'string' && typeof template === 'string') return [name, template];
      throw new DataError(
        'invalid-tokenizer',
        'chat_template in tokenizer_config.json must be a string, or a list of objects with name and template. Correct the file, or use another template (--chat-template).',
        { place: { field: 'chat_template' } },
      );
    }),
  );
}

function specialTokensOf(configuration: TokenizerConfigJson): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [name, value] of Object.entries(configuration)) {
    if (!/^[a-z]+_token$/.test(name)) continue;
    const text: unknown =
      typeof value === 'object' && value !== null ? (value as { content?: unknown }).content : value;
    if (typeof text === 'string') tokens[name] = text;
  }
  return tokens;
}
