import { readText } from '@ais/runtime/files';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { wholeNumber } from '../option-values.js';
import { UsageError } from '../usage-error.js';

/** Options that decide how a command is configured and shows itself; only the command line takes them. */
const OF_COMMAND_LINE: readonly string[] = ['config', 'json', 'help', 'helpAll'];

/**
 * The options of a command that a JSON file gives, by their names in camelCase. Each value is held to what its flag takes:
 * text is read as the flag reads it, and null is an option that is not given.
 *
 * @throws {UsageError} naming the file, the option, its value, and what is expected
 */
export async function readConfig(command: Command, path: string): Promise<Record<string, unknown>> {
  let config: unknown;
  try {
    // Editors put a byte-order mark at the start of some files.
    config = JSON.parse((await readText(path)).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UsageError(`--config ${path} cannot be read: ${(error as Error).message}`);
  }
  if (!isTable(config)) throw new UsageError(`--config ${path} is not a JSON object.`);
  const options = new Map(command.options.map((option) => [option.attributeName(), option]));
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const option = options.get(key);
    if (option === undefined) throw new UsageError(`--config ${path}: unknown option "${key}".`);
    if (OF_COMMAND_LINE.includes(key)) {
      throw new UsageError(`--config ${path}: give "${key}" on the command line, as ${option.long}.`);
    }
    if (value === null) continue;
    try {
      values[key] = readValue(option, value);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new UsageError(
        `--config ${path}: ${key} is ${JSON.stringify(value)}. ${capitalized(error.message)}`,
      );
    }
  }
  return values;
}

const capitalized = (sentence: string): string => `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;

/** @throws {InvalidArgumentError} saying what is expected */
function readValue(option: Option, value: unknown): unknown {
  if (option.isBoolean()) {
    if (typeof value === 'boolean') return value;
    throw new InvalidArgumentError('Expected true or false.');
  }
  const isNumber = option.parseArg === wholeNumber;
  if (typeof value === 'string' || (isNumber && typeof value === 'number')) {
    return option.parseArg ? option.parseArg(String(value), undefined) : value;
  }
  if (isNumber) throw new InvalidArgumentError('Expected a whole number.');
  switch (option.attributeName()) {
    case 'splits':
      if (isTable(value)) return option.parseArg?.(assignments(value), undefined);
      throw new InvalidArgumentError('Expected shares by name, such as {"train": 0.9, "test": 0.1}.');
    case 'columns':
      // As they are: a column may have a comma in its name, which the flag has no way to write.
      if (isTable(value) && Object.values(value).every((column) => typeof column === 'string' && column))
        return value;
      throw new InvalidArgumentError('Expected names of columns by field, such as {"prompt": "question"}.');
    case 'templateVariables':
      if (isTable(value)) return option.parseArg?.(JSON.stringify(value), undefined);
      throw new InvalidArgumentError('Expected values by name, such as {"enable_thinking": false}.');
    default:
      throw new InvalidArgumentError('Expected text.');
  }
}

/** `train=0.9,test=0.1`, as on a command line. */
function assignments(table: Readonly<Record<string, unknown>>): string {
  return Object.entries(table)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(',');
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
