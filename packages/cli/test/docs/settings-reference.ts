import { commandNames, presetNames, presetSettings } from '@ais/pipeline/settings';
import { cell, code, table } from './markdown.js';

/** The part of a JSON Schema that the published schemas use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: boolean | Schema;
  readonly prefixItems?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

export interface Schemas {
  /** The schema of a settings file of `ais`. */
  readonly settings: Schema;
  /** The schema of the file that has a study's settings. */
  readonly study: Schema;
  /** The schema of a file that is a study. */
  readonly studyFile: Schema;
}

/** docs/reference/settings.md: every setting with its type and its meaning, from the published JSON Schemas. */
export function settingsReference({ settings, study, studyFile }: Schemas): string {
  const { properties = {} } = settings;
  const sections = commandNames.filter((command) => properties[command] !== undefined);
  const commandsOf = (key: string): readonly string[] =>
    sections.filter((command) => properties[command]?.properties?.[key] !== undefined);
  const shared = Object.entries(properties).filter(
    ([key]) => key !== '$schema' && !sections.some((command) => command === key),
  );
  return [
    '# Settings\n',
    'A setting is given in a settings file (`--config`, YAML or JSON), by its flag, or by `--set key=value`; later ones win over',
    'earlier ones, and all of them over the preset. Editors complete and check a file that names its schema',
    '([how](../../packages/cli/README.md#stage-by-stage)). Flags are in [Commands](commands.md).\n',
    '## Settings of the commands\n',
    'One file serves all commands. Each reads the settings that it knows; a section named after a command (`sft: { … }`) wins over',
    'the rest for that command alone.\n',
    ...shared.map(([key, schema]) => settingSection(key, schema, commandsOf(key))),
    '## Presets\n',
    'What `--preset` sets. Without a preset, a model that was trained elsewhere is taken for granted, and the values are those of `pretrained`.\n',
    ...(['sft', 'reward', 'train'] as const).map((command) =>
      [`### Presets of ais ${command}\n`, presetTable(command)].join('\n'),
    ),
    '## Settings of a study\n',
    'What `ais study NAME --config` and `--set` take, over the settings of the study and its scale.\n',
    table(['setting', 'type', 'is'], rowsOf(study)),
    '## A study of your own\n',
    'What a study’s file holds ([how to write one](../how-to/add-a-study.md)).\n',
    table(['key', 'type', 'is'], rowsOf(studyFile)),
    'Generated from the published schemas (`packages/cli/schemas`).\n',
  ].join('\n');
}

function settingSection(key: string, schema: Schema, commands: readonly string[]): string {
  const inner = rowsBelow(schema, key);
  return [
    `### ${key}\n`,
    `${sentence(schema.description)}${sentence(typeOf(schema), 'Type: ')}${commands.length > 0 ? `Used by ${commands.map((name) => code(`ais ${name}`)).join(', ')}.` : ''}\n`,
    table(['setting', 'type', 'is'], inner),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function sentence(text: string | undefined, before = ''): string {
  return text ? `${before}${cell(text).replace(/\.?$/, '.')} ` : '';
}

/** A row for each property at every depth. */
function rowsOf(schema: Schema): string[][] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties)
    .filter(([key]) => key !== '$schema')
    .flatMap(([key, inner]) => [row(key, inner, required.includes(key)), ...rowsBelow(inner, key)]);
}

/** The rows of what a setting holds: of an object, of the objects that it may be, or of its items. */
function rowsBelow(schema: Schema, path: string): string[][] {
  const { properties = {}, required = [], anyOf = [], items } = schema;
  const rows = Object.entries(properties).flatMap(([key, inner]) => [
    row(`${path}.${key}`, inner, required.includes(key)),
    ...rowsBelow(inner, `${path}.${key}`),
  ]);
  const ofChoices = anyOf.flatMap((choice) => rowsBelow(choice, path));
  const ofItems = typeof items === 'object' ? rowsBelow(items, `${path}[]`) : [];
  return [...rows, ...ofChoices, ...ofItems];
}

function row(path: string, schema: Schema, required: boolean): string[] {
  const facts = [
    ...(required ? ['required'] : []),
    ...(schema.default === undefined ? [] : [`${code(JSON.stringify(schema.default))} by default`]),
  ];
  const said = cell(schema.description ?? '');
  return [
    code(path),
    typeOf(schema),
    [said, facts.length > 0 ? `(${facts.join('; ')})` : ''].join(' ').trim(),
  ];
}

/** A schema's type in words. */
export function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(', or ');
  const { type, items, prefixItems, additionalProperties } = schema;
  if (typeof type === 'object') return type.join(', ');
  if (type === 'array') {
    if (prefixItems) return `list of ${prefixItems.length}`;
    return typeof items === 'object' ? `list of ${typeOf(items)}` : 'list';
  }
  if (type === 'object') {
    return typeof additionalProperties === 'object'
      ? `table of ${typeOf(additionalProperties) || 'any values'}`
      : 'object';
  }
  if (type === 'integer' || type === 'number') return `${type}${boundsOf(schema)}`;
  return type ?? '';
}

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const below =
    exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : minimum !== undefined ? `≥ ${minimum}` : '';
  const largest = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `≤ ${maximum}` : '';
  const above = exclusiveMaximum !== undefined ? `&lt; ${exclusiveMaximum}` : largest;
  const bounds = [below.startsWith('≥ -9007199254740991') ? '' : below, above].filter(
    (bound) => bound !== '',
  );
  return bounds.length > 0 ? ` ${bounds.join(', ')}` : '';
}

function presetTable(command: 'sft' | 'reward' | 'train'): string {
  const columns = presetNames.map((preset) => new Map(entriesOf(presetSettings(command, preset), '')));
  const keys = [...new Set(columns.flatMap((column) => [...column.keys()]))].filter(
    (key) => key !== 'preset',
  );
  return table(
    ['setting', ...presetNames.map(code)],
    keys.map((key) => [code(key), ...columns.map((column) => column.get(key) ?? '')]),
  );
}

function entriesOf(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    entriesOf(inner, path === '' ? key : `${path}.${key}`),
  );
}
