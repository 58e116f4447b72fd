import type { z } from 'zod';
import { PipelineError } from '../errors.js';
import { type CommandName, settingsSchema } from './command-settings.js';
import { parseYaml } from './parse-yaml.js';
import { type FlaggedSetting, flaggedSettings } from './setting.js';
import { type Layer, mergeLayer, nested, requireOneWay } from './settings-file.js';

/**
 * The flags of a command, in the order of its settings.
 *
 * @example
 * console.log(commandFlags('train').find(({ key }) => key === 'beta')?.flag); // --beta <number>
 */
export function commandFlags(command: CommandName): readonly FlaggedSetting[] {
  return flaggedSettings(settingsSchema(command));
}

/**
 * The settings that the given flags say, nested as in a settings file.
 *
 * @param values by the flag’s name in camel case, as a command-line parser gives them: `{ learningRate: '1e-5' }`
 * @throws {PipelineError} `invalid-setting` for a flag whose text is not what its setting takes
 * @example
 * console.log(flagLayer('train', { learningRate: '1e-5' })); // { training: { learningRate: 0.00001 } }
 */
export function flagLayer(command: CommandName, values: Readonly<Record<string, unknown>>): Layer {
  return layerOfFlags(commandFlags(command), values);
}

/**
 * The same for flags that are not those of a command alone.
 *
 * @example
 * console.log(layerOfFlags(judgingFlags, { judgeMode: 'pairwise' })); // { judge: { mode: 'pairwise' } }
 */
export function layerOfFlags(
  flags: readonly FlaggedSetting[],
  values: Readonly<Record<string, unknown>>,
): Layer {
  const layers = flags.flatMap(({ flag, key, schema }): readonly Layer[] => {
    const value = values[flagName(flag)];
    if (value === undefined) return [];
    return [nested(key, typeof value === 'string' ? parsed(value, schema, flag) : value)];
  });
  requireOneWay(layers, 'the command line');
  return layers.reduce(mergeLayer, {});
}

/**
 * `--learning-rate <number>` → `learningRate`.
 *
 * @example
 * console.log(flagName('--learning-rate <number>')); // learningRate
 */
export function flagName(flag: string): string {
  const [name = ''] = flag.replace(/^--/, '').split(' ');
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A flag's text as its setting takes it: a number where a number fits, names of columns or of values as a table, else the text. */
function parsed(text: string, schema: z.ZodType, flag: string): unknown {
  if (accepts(schema, { a: 'b' }) && !accepts(schema, text)) {
    if (text.trimStart().startsWith('{')) return json(text, flag);
    return accepts(schema, { a: true }) ? values(text, flag) : columns(text, flag);
  }
  if (/^[-+]?[\d.]/.test(text) && Number.isFinite(Number(text)) && !accepts(schema, text))
    return Number(text);
  return text;
}

function accepts(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success;
}

function json(text: string, flag: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PipelineError(
      'invalid-setting',
      `${flag.split(' ')[0]}: expected a JSON object, such as {"top_p": 0.5}: ${(cause as Error).message}.`,
      { cause },
    );
  }
}

/** `prompt=question,response=answer`. */
function columns(text: string, flag: string): Record<string, string> {
  return table(text, flag, 'name=column, such as prompt=question');
}

/** `enable_thinking=false,reasoning_effort=low`. */
function values(text: string, flag: string): Record<string, unknown> {
  const what =
    'name=value, such as enable_thinking=false, or a JSON object (for lists, and text with commas)';
  return Object.fromEntries(
    Object.entries(table(text, flag, what)).map(([key, value]) => [key, readValue(value)]),
  );
}

/** A value in YAML, as of `--set`; but text without quotes is as it is, whatever YAML would take `#` and `: ` in it for. */
function readValue(text: string): unknown {
  try {
    const value = parseYaml(text);
    return typeof value === 'string' && !/^["']/.test(text) ? text : value;
  } catch {
    return text;
  }
}

/** Names and texts, separated by commas. */
function table(text: string, flag: string, what: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [key = '', ...value] = part.split('=');
      if (!key || value.length === 0) {
        throw new PipelineError('invalid-setting', `${flag.split(' ')[0]}: expected ${what}, got "${part}".`);
      }
      return [key.trim(), value.join('=').trim()];
    }),
  );
}
