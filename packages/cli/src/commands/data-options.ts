import type { Template } from '@ais/data';
import type { FileFormat } from '@ais/data/formats';
import { InvalidArgumentError, Option } from 'commander';

/** How a raw set is read; a prepared one says all of this itself. */
export interface RawFlags {
  readonly kind?: 'text' | 'comparisons';
  readonly tokenizer?: string;
  readonly vocabularySize?: number;
  readonly maxPromptTokens?: number;
  readonly maxResponseTokens?: number;
  readonly columns?: Readonly<Record<string, string>>;
  readonly template?: string;
  readonly format?: FileFormat;
  readonly delimiter?: string;
  readonly hubSplit?: string;
  readonly revision?: string;
  readonly count?: number;
  readonly seed?: number;
  readonly limit?: number;
}

/** `--on-error`, without a default: the library stops. */
export const onErrorOption = (): Option =>
  new Option('--on-error <what>', 'at a malformed row; stop by default').choices(['stop', 'skip']);

/** `a=x,b=y` as pairs. */
export function namedValues(text: string): [string, string][] {
  return text.split(',').map((part) => {
    const [name, value, ...more] = part.split('=').map((word) => word.trim());
    if (!name || !value || more.length > 0)
      throw new InvalidArgumentError('expected name=value, separated by commas.');
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
    'tldr, prompt-completion, question-answer, text, or a .yaml or .json file; recognized by the columns by default',
  );

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

/** What a source can be, for help texts. */
export const ROWS =
  'a file (JSON Lines, JSON, CSV, Parquet, Arrow; .gz and .zst too), a folder of save_to_disk, or owner/name on the Hub';

/** The options of a source that say how it is read as text. */
export async function renderingOf({
  columns,
  template,
}: {
  readonly columns?: Readonly<Record<string, string>>;
  readonly template?: string;
}): Promise<{ columns: Readonly<Record<string, string>> | undefined; template: Template | undefined }> {
  const { loadTemplate } = await import('@ais/data');
  return { columns, template: template === undefined ? undefined : await loadTemplate(template) };
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
