import { readFile } from 'node:fs/promises';
import { closestMatch } from 'leven';
import { LineCounter, parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigurationError } from './configuration-error.js';
import { type PresetName, presetSettings } from './presets.js';
import type { CommandName, Settings } from './settings.js';
import { fileSchema, settingsSchema } from './settings-schema.js';

type Json = unknown;
type JsonRecord = Readonly<Record<string, Json>>;

/** Where settings come from; later ones win over earlier ones. */
export interface SettingsLayers {
  /** What an interrupted run was started with. */
  readonly stored?: JsonRecord;
  /** A YAML or JSON file. */
  readonly file?: string;
  /** What flags say, nested as in the file. */
  readonly flags?: JsonRecord;
}

/**
 * A command's settings: the preset's defaults, over them the configuration file, over that the flags.
 *
 * @throws {ConfigurationError} naming the key, the file and line or the flag, and the nearest valid key
 */
export async function readSettings<Name extends CommandName>(
  command: Name,
  { stored, file, flags = {} }: SettingsLayers,
): Promise<Settings<Name>> {
  const fromFile = file === undefined ? {} : await readSettingsFile(command, file);
  const flagLayer = checkLayer(command, flags, 'the command line', () => undefined);
  const presetName = flagLayer['preset'] ?? fromFile['preset'] ?? 'tiny';
  const base =
    stored ??
    presetSettings(command, presetName as PresetName, flagLayer['objective'] ?? fromFile['objective']);
  const merged = [fromFile, flagLayer].reduce<JsonRecord>(mergeLayer, base);
  const result = settingsSchema(command).safeParse(merged);
  if (result.success) return result.data as object as Settings<Name>;
  const issue = result.error.issues[0];
  const key = issue?.path.join('.') ?? '';
  throw new ConfigurationError(
    key,
    `ais ${command}`,
    merged[key] === undefined
      ? `${key} is needed. Give it as a flag (--${key}) or in the configuration file.`
      : `${key}: ${issue?.message}.`,
  );
}

/** `training.batchSize=8` as a nested layer. */
export function assignment(text: string): JsonRecord {
  const [key = '', ...rest] = text.split('=');
  if (rest.length === 0 || key === '') {
    throw new ConfigurationError(key, '--set', `"${text}" is no key=value, such as training.batchSize=8.`);
  }
  const value: Json = parse(rest.join('='));
  return key.split('.').reduceRight<Json>((inner, part) => ({ [part]: inner }), value) as JsonRecord;
}

/** One layer over another: objects key by key, everything else as a whole. */
export function mergeLayer(below: JsonRecord, above: JsonRecord): JsonRecord {
  const merged: Record<string, Json> = { ...below };
  // Either says how long a run, or its warm-up, is: the upper layer's word replaces the lower one's.
  for (const [one, other] of [
    ['steps', 'epochs'],
    ['warmupSteps', 'warmupFraction'],
  ] as const) {
    if (above[one] !== undefined) delete merged[other];
    if (above[other] !== undefined) delete merged[one];
  }
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined || key === '$schema') continue;
    const own = merged[key];
    merged[key] = isRecord(value) && isRecord(own) ? mergeLayer(own, value) : value;
  }
  return merged;
}

async function readSettingsFile(command: CommandName, file: string): Promise<JsonRecord> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(
      '',
      file,
      `it cannot be read (${(cause as Error).message}). Check the path.`,
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number | undefined): number | undefined =>
    offset === undefined ? undefined : lines.linePos(offset).line;
  const [broken] = document.errors;
  if (broken) {
    throw new ConfigurationError(
      '',
      `${file}, line ${lineAt(broken.pos[0])}`,
      `this is neither YAML nor JSON: ${broken.message}`,
    );
  }
  return checkLayer(command, document.toJS() ?? {}, file, (path) => {
    const [parent, key] = [path.slice(0, -1), path.at(-1)];
    const map: unknown = parent.length === 0 ? document.contents : document.getIn(parent, true);
    const items = (
      map as { items?: readonly { key?: { value?: unknown; range?: readonly number[] } }[] } | null
    )?.items;
    const found = items?.find((item) => item.key?.value === key);
    return lineAt(found?.key?.range?.[0]);
  });
}

/** Checks a layer key by key, and says of the first wrong one where it stands. */
function checkLayer(
  command: CommandName,
  layer: Json,
  name: string,
  lineOf: (path: readonly PropertyKey[]) => number | undefined,
): JsonRecord {
  const schema = fileSchema(command);
  const result = schema.safeParse(layer);
  if (result.success) return result.data as JsonRecord;
  const issue = result.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])];
  const line = lineOf(path);
  const key = path.join('.');
  const place = line === undefined ? name : `${name}, line ${line}`;
  if (unknown === undefined)
    throw new ConfigurationError(key, place, `${key || 'the file'}: ${issue?.message}.`);
  const known = keysAt(schema, path.slice(0, -1));
  const nearest = closestMatch(unknown, known);
  throw new ConfigurationError(
    key,
    place,
    `there is no key "${key}". ` +
      (nearest === undefined
        ? `Use one of: ${known.join(', ')}.`
        : `Did you mean "${[...path.slice(0, -1), nearest].join('.')}"?`),
  );
}

/** The keys that an object of a schema may have. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let found: unknown = schema;
  for (const part of path) found = unwrap((unwrap(found) as z.ZodObject).shape[String(part)]);
  const inner = unwrap(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape).filter((key) => key !== '$schema') : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

function isRecord(value: Json): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
