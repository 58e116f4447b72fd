import { InvalidArgumentError, Option } from 'commander';

/** `--on-error`, without a default: the library stops. */
export const onErrorOption = (): Option =>
  new Option('--on-error <what>', 'at a malformed row; stop by default').choices(['stop', 'skip']);

/** `a=x,b=y` as pairs. */
export function namedValues(text: string): [string, string][] {
  return text.split(',').map((part) => {
    const [name, value, ...more] = part.split('=').map((word) => word.trim());
    if (!name || !value || more.length > 0)
      throw new InvalidArgumentError('name=value, separated by commas, is needed.');
    return [name, value];
  });
}

export const columnNames = (text: string): Record<string, string> => Object.fromEntries(namedValues(text));

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('a whole number is needed.');
  return value;
}

/** A file that comparisons can be written to. */
export function comparisonsFile(text: string): string {
  if (!/\.(jsonl|parquet)$/.test(text))
    throw new InvalidArgumentError('a name that ends in .jsonl or .parquet is needed.');
  return text;
}

type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** Without the options that are undefined: absent is what the library has defaults for. */
export function defined<T extends object>(options: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >;
}
