import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Tokenizer } from '@ais/data';
import type { AnyTemplate, AssistantTurns, ChatTemplate, TemplateVariables } from '@ais/data/chat';
import type { FileFormat } from '@ais/data/formats';
import { flagLayer, PipelineError } from '@ais/pipeline/settings';
import { InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../option-values.js';
import { UsageError } from '../usage-error.js';

/** How a raw set is read; a prepared one says all of this itself. */
export interface RawFlags {
  readonly kind?: 'text' | 'comparisons';
  readonly tokenizer?: string;
  readonly vocabularySize?: number;
  readonly maxPromptTokens?: number;
  readonly maxResponseTokens?: number;
  readonly columns?: Readonly<Record<string, string>>;
  readonly template?: string;
  readonly chatTemplate?: string;
  readonly templateVariables?: TemplateVariables;
  readonly assistantTurns?: AssistantTurns;
  readonly format?: FileFormat;
  readonly delimiter?: string;
  readonly hubSplit?: string;
  readonly revision?: string;
  readonly count?: number;
  readonly seed?: number;
  readonly limit?: number;
}

/** How many tokens a tokenizer has that is trained. */
export const VOCABULARY_SIZE = 8192;

/** The defaults of `@ais/data`, which only the help repeats: the library is not loaded for it. */
export const LIBRARY_DEFAULTS = { maxPromptTokens: 512, count: 1000, seed: 17, threads: 2 } as const;

/** `--kind`: what the records are. */
export const kindOption = (): Option =>
  new Option('--kind <kind>', 'what the records are; recognized by the columns by default').choices([
    'text',
    'comparisons',
  ]);

/** `--tokenizer`: a model's. */
export const tokenizerOption = (): Option =>
  new Option(
    '--tokenizer <folder>',
    "a model's folder or owner/name on the Hub; without one, a tokenizer is trained",
  );

/** `--vocabulary-size`, where there is no `--tokenizer`. */
export const vocabularySizeOption = (): Option =>
  numberOption('--vocabulary-size', `of the tokenizer that is trained; ${VOCABULARY_SIZE} by default`);

/** `--max-prompt-tokens`: where prompts are cut. */
export const maxPromptTokensOption = (): Option =>
  numberOption(
    '--max-prompt-tokens',
    `longer prompts are cut by paragraph; ${LIBRARY_DEFAULTS.maxPromptTokens} by default`,
  );

/** `--max-response-tokens`: the longest response. */
export const maxResponseTokensOption = (): Option =>
  numberOption('--max-response-tokens', 'end-of-text included; no limit by default');

/** Which split of a data set is read: `--hub-split` of a source, `--split` of comparisons. */
export const splitOption = (flag: '--hub-split' | '--split'): Option =>
  new Option(`${flag} <name>`, 'which split to read of a data set with splits; train by default');

/** `--revision`: of a data set on the Hub. */
export const revisionOption = (): Option =>
  new Option('--revision <name>', "the Hub data set's branch, tag or commit");

/** `--count`: the size of a synthetic source. */
export const countOption = (): Option =>
  numberOption('--count', `how many synthetic posts; ${LIBRARY_DEFAULTS.count} by default`);

/** `--seed`: of everything random. */
export const seedOption = (what: string): Option =>
  numberOption('--seed', `${what}; ${LIBRARY_DEFAULTS.seed} by default`);

/** `--limit`: how much of the source is read. */
export const limitOption = (help: string): Option => numberOption('--limit', help);

/** An option that takes a whole number. */
function numberOption(flag: string, help: string): Option {
  return new Option(`${flag} <number>`, help).argParser(wholeNumber);
}

/** `--on-error`, without a default: the library stops. */
export const onErrorOption = (): Option =>
  new Option('--on-error <what>', 'at a malformed row; stop by default').choices(['stop', 'skip']);

/** `a=x,b=y` as pairs. */
export function namedValues(text: string): [string, string][] {
  const names = new Set<string>();
  return text.split(',').map((part) => {
    const [name, value, ...more] = part.split('=').map((word) => word.trim());
    if (!name || !value || more.length > 0)
      throw new InvalidArgumentError('expected name=value, separated by commas.');
    if (names.has(name)) throw new InvalidArgumentError(`${name} is given twice.`);
    names.add(name);
    return [name, value];
  });
}

/** `--columns`: where the fields of a template are. */
export const columnsOption = (): Option =>
  new Option(
    '--columns <names>',
    'the column of each field, for example prompt=q,completion=a; info.text is a column within a column',
  ).argParser((text) => Object.fromEntries(namedValues(text)));

/** `--template`: what renders the fields. */
export const templateOption = (): Option =>
  new Option(
    '--template <name>',
    'tldr, prompt-completion, question-answer, text, chat (prompts and answers as messages), or a .yaml or .json file; recognized by the columns by default',
  );

/** `--chat-template`: what renders conversations. */
export const chatTemplateOption = (): Option =>
  new Option(
    '--chat-template <name>',
    "what renders conversations: chatml, one of the model's own templates by name, or a .jinja file; that of --tokenizer by default",
  );

/** `--template-variables`: what the chat template reads besides the messages. */
export const templateVariablesOption = (): Option =>
  new Option(
    '--template-variables <values>',
    'what the chat template reads besides the messages, such as enable_thinking=false; those of --tokenizer by default',
  ).argParser((text) => {
    try {
      return flagLayer('chat', { templateVariables: text })['templateVariables'];
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      throw new InvalidArgumentError(error.message);
    }
  });

/** `--assistant-turns`: which messages of a conversation are responses. */
export const assistantTurnsOption = (): Option =>
  new Option(
    '--assistant-turns <which>',
    'which messages of the assistant are learned of a conversation; the last one by default',
  ).choices(['last', 'each']);

/** `--format`: what a file is, where its content does not say it. */
export const formatOption = (): Option =>
  new Option('--format <name>', 'of the file; recognized by its first bytes by default').choices([
    'jsonl',
    'json',
    'csv',
    'parquet',
    'arrow',
  ]);

/** `--delimiter`: what separates the values of a CSV file. */
export const delimiterOption = (): Option =>
  new Option('--delimiter <character>', 'of a CSV file; recognized from its header by default').argParser(
    (text) => (text === '\\t' || text === 'tab' ? '\t' : text),
  );

/** The forms of a source, for help texts. */
export const ROWS =
  'a file (JSON Lines, JSON, CSV, Parquet, Arrow; .gz and .zst too), a folder of save_to_disk, owner/name on the Hub, or owner/name:split';

/** How a source is read as text, and the tokenizer that --tokenizer names. */
export interface Rendering {
  readonly columns: Readonly<Record<string, string>> | undefined;
  readonly template: AnyTemplate | undefined;
  readonly chatTemplate: ChatTemplate | undefined;
}

/** How the flags of a source say that its text is rendered. */
export async function renderingOf({
  columns,
  template,
  chatTemplate: named,
  templateVariables,
  tokenizer: name,
}: Pick<RawFlags, 'columns' | 'template' | 'tokenizer' | keyof AskedRendering>): Promise<{
  readonly rendering: Rendering;
  readonly tokenizer?: Tokenizer;
}> {
  const { loadTemplate } = await import('@ais/data');
  const asked = defined({ chatTemplate: named, templateVariables });
  const folder = name === undefined ? undefined : await tokenizerFolder(name);
  const { tokenizer, chatTemplate } = isTrained(folder)
    ? await (await import('@ais/pipeline')).openModelText(folder, asked)
    : await openText(folder, asked);
  const rendering = {
    columns,
    template:
      template === undefined
        ? undefined
        : template === 'chat'
          ? requireChat(chatTemplate, '--template chat')
          : await loadTemplate(template),
    chatTemplate,
  };
  return { rendering, ...(tokenizer && { tokenizer }) };
}

type AskedRendering = Pick<RawFlags, 'chatTemplate' | 'templateVariables'>;

/** Whether a folder says how the conversations were rendered that its model learned. */
function isTrained(folder: string | undefined): folder is string {
  return folder !== undefined && existsSync(join(folder, 'text.json'));
}

/** The tokenizer of a folder, and what renders conversations: the template that is asked for, or the tokenizer's own. */
async function openText(
  folder: string | undefined,
  { chatTemplate: asked, templateVariables }: AskedRendering,
): Promise<{ readonly tokenizer?: Tokenizer; readonly chatTemplate?: ChatTemplate }> {
  const { loadTokenizer } = await import('@ais/data');
  const { loadChatTemplate, modelChatTemplate, withEndOfTurn, withOwnEndOfTurn, withTemplateVariables } =
    await import('@ais/data/chat');
  const loaded = folder === undefined ? undefined : await loadTokenizer(folder);
  const found =
    asked === undefined ? loaded && modelChatTemplate(loaded) : await loadChatTemplate(asked, loaded);
  const chatTemplate =
    templateVariables === undefined
      ? found
      : withTemplateVariables(requireChat(found, '--template-variables'), templateVariables);
  if (chatTemplate === undefined) return loaded ? { tokenizer: loaded } : {};
  const ending = asked === undefined ? withOwnEndOfTurn : withEndOfTurn;
  return { chatTemplate, ...(loaded && { tokenizer: ending(loaded, chatTemplate) }) };
}

/** A run's tokenizer is in its checkpoints. */
async function tokenizerFolder(name: string): Promise<string> {
  if (!existsSync(join(name, 'checkpoints'))) return name;
  const { findModel } = await import('@ais/pipeline');
  return findModel(name);
}

function requireChat(chatTemplate: ChatTemplate | undefined, flag: string): ChatTemplate {
  if (chatTemplate !== undefined) return chatTemplate;
  throw new UsageError(
    `${flag} needs a chat template. Name one: --chat-template chatml, a .jinja file, or --tokenizer of a model that has one.`,
  );
}

/** A file that comparisons can be written to. */
export function comparisonsFile(text: string): string {
  if (!/\.(jsonl|parquet)$/.test(text))
    throw new InvalidArgumentError('expected a name that ends in .jsonl or .parquet.');
  return text;
}

type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** Without the options that are undefined: absent is what the library has defaults for. */
export function defined<T extends object>(options: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >;
}
