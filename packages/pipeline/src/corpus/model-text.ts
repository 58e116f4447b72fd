import { join } from 'node:path';
import { loadTokenizer, type Tokenizer } from '@ais/data';
import {
  type AnyTemplate,
  type AnyTemplateFile,
  type ChatTemplate,
  isChatTemplate,
  modelChatTemplate,
  openTemplate,
  type TemplateVariables,
  withEndOfTurn,
  withOwnEndOfTurn,
} from '@ais/data/chat';
import { FileError, readJson, writeJson, writeWhole } from '@ais/runtime/files';
import { PipelineError } from '../errors.js';
import type { CommandName, PresetName } from '../settings/command-settings.js';
import { isLanguageModel, NEW_MODEL } from '../settings/model-settings.js';
import { presetScale } from '../settings/presets.js';
import { type ScaleName, scales } from '../settings/scales.js';
import { isSameText, type Layer } from '../settings/settings-file.js';
import {
  CHAT,
  type DataSettings,
  type TemplateSettings,
  type TextSettings,
} from '../settings/text-settings.js';
import { type AskedChatTemplate, askedChatTemplate } from './asked-chat-template.js';
import { modelFolder } from './model-folder.js';

/** How text becomes tokens and back: what a model and everything that is made of its tokens share. */
export interface ModelText {
  readonly tokenizer: Tokenizer;
  /** What rendered the text; absent where the model's folder does not say. */
  readonly template?: AnyTemplate;
  /** What renders conversations; absent where the model has no chat template. Then responses end with the end of its turn. */
  readonly chatTemplate?: ChatTemplate;
}

/** What a checkpoint says of the text that its model learned from, so that later commands need no repetition of flags. */
export interface TextRecordFile {
  readonly tokenizer: string;
  readonly template?: AnyTemplateFile;
  readonly source?: string | undefined;
  readonly columns?: Readonly<Record<string, string>> | undefined;
  readonly assistantTurns?: TextSettings['assistantTurns'];
  /** Whether plain text was taken for messages, which the chat template rendered. */
  readonly plainTextIsChat?: boolean;
  readonly pairs?: string | undefined;
  /** Columns and template of the pairs, where they were given for them. */
  readonly pairColumns?: Readonly<Record<string, string>> | undefined;
  readonly pairTemplate?: typeof CHAT | TemplateSettings | undefined;
  readonly validationFraction?: number | undefined;
  readonly data?: DataSettings | undefined;
  /** The command that trained, whose own share of a preset's text `data.records` counts. */
  readonly command?: CommandName;
  /** The scale whose shares split built-in text. */
  readonly scale?: ScaleName | undefined;
}

/** Lies beside the weights and the tokenizer. */
const TEXT = 'text.json';

/**
 * Opens the tokenizer of a model's folder, and its templates where the folder has them.
 *
 * @param folder a checkpoint, or any folder in Hugging Face layout; `findModel` finds that of a run or of a name
 * @param asked what renders conversations, instead of what the run was trained with, or the model came with; and variables of that
 * @throws {PipelineError} `another-tokenizer` if the tokenizer is not the one that the weights learned with; `missing-setting` for
 *   variables without a chat template
 * @throws {DataError} if the folder has no tokenizer; `invalid-chat-template` for variables that the template does not read
 * @example
 * const { tokenizer, template } = await openModelText(await findModel('runs/sft'));
 * console.log(tokenizer.decode(tokenizer.encode('trip with Max')), template?.name); // trip with Max tldr
 */
export async function openModelText(folder: string, asked: AskedChatTemplate = {}): Promise<ModelText> {
  const [tokenizer, record] = await Promise.all([loadTokenizer(folder), readRecord(folder)]);
  if (record && record.tokenizer !== tokenizer.fingerprint) {
    throw new PipelineError(
      'another-tokenizer',
      `${folder}: its weights learned with the tokenizer ${record.tokenizer.slice(0, DIGITS)}, as ${TEXT} says, ` +
        `but the folder has the tokenizer ${tokenizer.fingerprint.slice(0, DIGITS)}. Restore the run's tokenizer files.`,
    );
  }
  const saved = record?.template && openTemplate(record.template);
  const learned = saved && isChatTemplate(saved) ? saved : undefined;
  const { chatTemplate, templateVariables } = asked;
  const chosen =
    chatTemplate === undefined && !learned ? undefined : await askedChatTemplate(asked, learned, tokenizer);
  if (chosen) return { ...withChatTemplate({ tokenizer }, chosen), template: chosen };
  const own = await askedChatTemplate(asked, modelChatTemplate(tokenizer));
  // Variables ask for the model's own template as its name would: it is kept with them.
  const template = templateVariables === undefined ? saved : own;
  return {
    tokenizer: own ? withOwnEndOfTurn(tokenizer, own) : tokenizer,
    ...(template && { template }),
    ...(own && { chatTemplate: own }),
  };
}

/** What a model's folder says of its text; undefined where it says nothing. */
async function readRecord(folder: string): Promise<TextRecordFile | undefined> {
  const path = join(folder, TEXT);
  const record = await readJson<Partial<TextRecordFile> | null>(path);
  if (record === undefined) return undefined;
  const { tokenizer, template = {} } = record ?? {};
  if (typeof tokenizer === 'string' && typeof template === 'object' && template !== null)
    return record as TextRecordFile;
  throw new FileError(
    'damaged-file',
    path,
    `${path} does not say of which tokenizer and template the model's text is. Restore it, or remove it.`,
  );
}

/** The variables that a model's folder says its conversations were rendered with; undefined where it says none. */
export async function savedTemplateVariables(folder: string): Promise<TemplateVariables | undefined> {
  const { template } = (await readRecord(folder)) ?? {};
  const saved = template && openTemplate(template);
  return saved && isChatTemplate(saved) ? saved.toJSON().variables : undefined;
}

/** A text whose conversations a template renders, and whose responses end as it ends a turn. */
export function withChatTemplate(text: ModelText, chatTemplate: ChatTemplate): ModelText {
  return { ...text, tokenizer: withEndOfTurn(text.tokenizer, chatTemplate), chatTemplate };
}

/**
 * What saves tokenizer and template into every checkpoint, with where the text came from: the option `tokenizer` of the trainer's
 * functions.
 *
 * @param origin source, columns, pairs, and lengths, which `textLayer` gives to later commands
 * @example
 * const text = await openModelText(await findModel('runs/sft'));
 * await savedText(text, { source: 'posts.csv' }).save('checkpoint');
 * console.log((await openModelText('checkpoint')).template?.name); // tldr
 */
export function savedText(
  { tokenizer, template }: ModelText,
  origin: Omit<TextRecordFile, 'tokenizer' | 'template'> = {},
): { save(directory: string): Promise<void> } {
  const record: TextRecordFile = {
    tokenizer: tokenizer.fingerprint,
    ...(template && { template: template.toJSON() }),
    ...origin,
  };
  return {
    save: async (directory) => {
      await tokenizer.save(directory);
      await writeJson(join(directory, TEXT), record);
      if (template && isChatTemplate(template)) await saveChatTemplate(template, tokenizer, directory);
    },
  };
}

/** Where a model has learned conversations in another template than it came with, `transformers` finds that one. */
async function saveChatTemplate(
  template: ChatTemplate,
  tokenizer: Tokenizer,
  directory: string,
): Promise<void> {
  const { chat, chatWithTools } = template.toJSON();
  const { templates = {} } = tokenizer.chat ?? {};
  if (templates['default'] === chat) return;
  await writeWhole(join(directory, 'chat_template.jinja'), chat);
  if (chatWithTools === undefined) return;
  await writeWhole(join(directory, 'additional_chat_templates', 'tool_use.jinja'), chatWithTools);
}

/** What later commands take from a model as it is: no other setting, since a model from elsewhere must not choose a judge or an objective. */
const PASSED_ON = [
  'source',
  'columns',
  'assistantTurns',
  'pairs',
  'pairColumns',
  'pairTemplate',
  'validationFraction',
  'data',
  'command',
] as const satisfies readonly (keyof TextRecordFile)[];

/**
 * The settings that a model knows: source, columns, template, and lengths of what it learned from; and the command that trained it.
 *
 * @param model a folder, a run, or a repository on the Hub; a new model and one behind an endpoint know nothing
 * @example
 * console.log(await textLayer('openai:small')); // undefined
 */
export async function textLayer(model: string): Promise<Layer | undefined> {
  if (model === NEW_MODEL || isLanguageModel(model)) return undefined;
  const record = await readRecord(await modelFolder(model));
  if (!record) return undefined;
  const { template, plainTextIsChat = false } = record;
  const isChat = template !== undefined && 'chat' in template;
  const known = {
    ...Object.fromEntries(PASSED_ON.map((key) => [key, record[key]])),
    ...(isChat ? { chatTemplate: template } : { template }),
    ...(plainTextIsChat && { template: CHAT }),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

/**
 * The scale whose shares split the text of a command: where the command reads the text that its model learned from, the scale that
 * split it then, so that what was held out stays held out; else its preset's.
 *
 * @param folder of the model; undefined for a new one
 */
export async function scaleOfText(
  folder: string | undefined,
  { source, preset }: { readonly source?: string | undefined; readonly preset?: PresetName | undefined },
): Promise<ScaleName | undefined> {
  const record = folder === undefined ? undefined : await readRecord(folder);
  const { scale } = isSameText(record?.source, source) ? (record ?? {}) : {};
  return scale !== undefined && Object.keys(scales).includes(scale) ? scale : presetScale(preset);
}

/**
 * How long the reference responses may be of prompts that are answered: as long as they are, since nothing reads them; but on the text that
 * the model learned from, as long as there, so that the prompts stay the same ones.
 *
 * @param folder of the model; undefined for a new one
 */
export async function referenceLengths(
  folder: string | undefined,
  { source }: { readonly source?: string | undefined },
): Promise<Pick<DataSettings, 'maxResponseTokens' | 'longResponses'>> {
  const record = folder === undefined ? undefined : await readRecord(folder);
  const { data } = isSameText(record?.source, source) ? (record ?? {}) : {};
  if (data === undefined || data.longResponses === 'cut') {
    return { maxResponseTokens: Number.POSITIVE_INFINITY, longResponses: 'cut' };
  }
  return { maxResponseTokens: data.maxResponseTokens, longResponses: 'drop' };
}

/** The fields of a row of tokens that say whose tokens they are. */
export interface TokenOwner {
  readonly tokenizer: string;
  readonly template?: string;
}

/** Digits of a fingerprint in rows of tokens: enough to tell two tokenizers apart. */
const DIGITS = 16;

export function tokenOwner({ tokenizer, template }: ModelText): TokenOwner {
  return {
    tokenizer: tokenizer.fingerprint.slice(0, DIGITS),
    ...(template && { template: template.fingerprint.slice(0, DIGITS) }),
  };
}

/**
 * Checks that tokens are of the tokenizer that will read them.
 *
 * @param owner what the tokens say; tokens without an owner are trusted
 * @param place of the tokens, for the message
 * @throws {PipelineError} `another-tokenizer` naming both
 */
export function requireOwner(owner: Partial<TokenOwner>, reader: ModelText, place: string): void {
  const expected = tokenOwner(reader).tokenizer;
  if (owner.tokenizer === undefined || owner.tokenizer === expected) return;
  throw new PipelineError(
    'another-tokenizer',
    `${place}: its tokens are of the tokenizer ${owner.tokenizer}, and the model has the tokenizer ${expected}. ` +
      'Use the model that they were made with, or --retokenize, which turns them into text and tokenizes that.',
  );
}
