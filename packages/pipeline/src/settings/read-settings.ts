import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import {
  type CommandName,
  commandNames,
  type PresetName,
  type Settings,
  settingsSchema,
} from './command-settings.js';
import { presetSettings } from './presets.js';
import { scales } from './scales.js';
import { flaggedSettings, layerSchema } from './setting.js';
import {
  assignment,
  checkLayer,
  isLayer,
  isSameText,
  issueText,
  type Layer,
  mergeLayer,
  nested,
  readSettingsFile,
  requireOneWay,
} from './settings-file.js';
import { CHAT } from './text-settings.js';

/** Where a command's settings come from; later ones win over earlier ones. */
export interface SettingsLayers {
  /** The settings that an interrupted run was started with, instead of a preset. */
  readonly stored?: Layer;
  /** The settings of the run whose model is used: its text, template, and lengths. */
  readonly ofModel?: (model: string) => Promise<Layer | undefined>;
  /** The settings that the source, or the pairs, bring: a prepared folder's lengths. */
  readonly ofSource?: (source: string) => Promise<Layer | undefined>;
  /** A YAML or JSON file; see `settingsFileSchema`. */
  readonly file?: string;
  /** The settings that flags give, nested as in the file. */
  readonly flags?: Layer;
  /** `training.weightDecay=0.1`, over the flags. */
  readonly assignments?: readonly string[];
}

/**
 * A command's settings: its own defaults, over them the preset's, those of the run whose model is used, those of a prepared
 * source, the file's, and what flags say.
 *
 * Records are counted by a preset, and by a run on its text, for that text only: of other text all records are used unless settings say
 * how many. Of a preset's text each command has records of its own, and a run's count is for the same command only.
 *
 * @throws {PipelineError} naming the setting, the file and line or the flag, and the nearest valid setting
 * @example
 * const { beta, training } = await readSettings('train', { flags: { preset: 'tiny', beta: 0.1 }, assignments: ['training.steps=5'] });
 * console.log(beta, training.steps); // 0.1 5
 */
export async function readSettings<Command extends CommandName>(
  command: Command,
  { stored, ofModel, ofSource, file, flags = {}, assignments = [] }: SettingsLayers,
): Promise<Settings<Command>> {
  const schema = settingsSchema(command);
  const open = layerSchema(schema);
  const fromFile = file === undefined ? {} : await readCommandLayer(command, file);
  const assigned = assignments.map((text) => checkLayer(assignment(text), open, '--set'));
  requireOneWay(assigned, '--set');
  const fromFlags = assigned.reduce(mergeLayer, checkLayer(flags, open, 'the command line'));
  const given = mergeLayer(fromFile, fromFlags);
  const preset = given['preset'] as PresetName | undefined;
  // openai:MODEL has no local text, and may be given that of another model.
  const model = given['tokenizer'] ?? given['model'];
  const run = typeof model === 'string' && !stored ? await ofModel?.(model) : undefined;
  const usual = presetSettings(command, preset, given['objective']);
  const remembered = run ? checkLayer(onlyKnown(run, schema), open, `the run of ${String(model)}`) : {};
  const known = withoutOtherRecords(withoutOtherPairs(remembered, given), run?.['command'], command);
  const own = 'pairs' in schema.shape ? forPairs(given, known, stored) : given;
  const ofPreset = withoutText(usual, own, known);
  const text = own['source'] ?? known['source'] ?? ofPreset['source'];
  const below = mergeLayer(
    stored ?? withoutForeignCounts(ofPreset, usual['source'], text),
    withoutOtherTemplate(withoutForeignCounts(known, known['source'], text), own),
  );
  const prepared: Layer[] = [];
  for (const key of ['pairs', 'source'].filter((each) => each in schema.shape && !stored)) {
    const name = own[key] ?? below[key];
    const layer = typeof name === 'string' ? await ofSource?.(name) : undefined;
    if (layer) prepared.push(layer);
  }
  const merged = [...prepared, own].reduce(mergeLayer, below);
  return checkedSettings(command, merged) as object as Settings<Command>;
}

/**
 * Checks the settings that a command is called with, which need not be what {@link readSettings} gave.
 *
 * @throws {PipelineError} `invalid-setting`, `missing-setting`, naming the setting
 */
export function requireSettings(command: CommandName, settings: object): void {
  checkedSettings(command, settings);
}

/** @returns the settings with their defaults */
function checkedSettings(command: CommandName, settings: object): unknown {
  const schema = settingsSchema(command);
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = issue?.path.join('.') ?? '';
  if (valueAt(settings, issue?.path ?? []) === undefined) {
    const flag = flaggedSettings(schema)
      .find((each) => each.key === key)
      ?.flag.split(' ')[0];
    throw new PipelineError(
      'missing-setting',
      `ais ${command}: "${key}" is missing. Pass ${flag ?? `--set ${key}=VALUE`}, or set it in the settings file.`,
      { key },
    );
  }
  throw new PipelineError('invalid-setting', `ais ${command}: ${key}: ${issueText(issue)}.`, { key });
}

/**
 * The schema of a settings file: the settings of every command, each optional, and a section for each command, which wins
 * over them for that command. So one file serves all commands.
 *
 * @example
 * console.log(settingsFileSchema().safeParse({ beta: 0.1 }).success, settingsFileSchema().safeParse({ bta: 0.1 }).success); // true false
 */
export function settingsFileSchema(): z.ZodObject {
  const shared: Record<string, z.ZodType> = {};
  const sections: Record<string, z.ZodType> = {};
  for (const command of commandNames) {
    const section = layerSchema(settingsSchema(command)) as z.ZodObject;
    for (const [key, field] of Object.entries(section.shape)) shared[key] ??= field as z.ZodType;
    sections[command] = section.optional().describe(`Settings of ais ${command} alone.`);
  }
  return z.strictObject({ $schema: z.string().optional(), ...shared, ...sections });
}

/**
 * The JSON Schema with which editors complete and check a settings file.
 *
 * @example
 * console.log(settingsJsonSchema().title); // Settings of ais
 */
export function settingsJsonSchema(): Record<string, unknown> {
  return { title: 'Settings of ais', ...z.toJSONSchema(settingsFileSchema(), { io: 'input' }) };
}

/**
 * The part of a settings file that concerns a command: the settings that it shares with others, and its section over them. Paths start at
 * the file.
 *
 * @throws {PipelineError} `invalid-setting` naming the file and the key
 * @example
 * const file = 'ais.yaml';
 * await writeFile(file, 'beta: 0.1\ntrain: { beta: 0.2 }\n');
 * console.log(await readCommandLayer('train', file)); // { beta: 0.2 }
 */
export async function readCommandLayer(command: CommandName, file: string): Promise<Layer> {
  const all = await readSettingsFile(file, settingsFileSchema());
  const section = all[command];
  const own = onlyKnown(all, settingsSchema(command));
  return besideFile(isLayer(section) ? mergeLayer(own, section) : own, file);
}

/** Settings that may be a path to a module, a template, or a cache: in a file, it starts at the file. */
const PATHS = [
  'objective',
  'scorer',
  'template',
  'pairTemplate',
  'chatTemplate',
  'judge.template',
  'api.cache',
];

/**
 * A layer that is from a file, whose paths (`./…`, `../…`) under the given keys start at that file.
 *
 * @example
 * console.log(besideFile({ scorer: './judge.js' }, '/home/me/ais.yaml')); // { scorer: '/home/me/judge.js' }
 */
export function besideFile(layer: Layer, file: string, keys: readonly string[] = PATHS): Layer {
  return keys.reduce<Layer>((own, key) => {
    const value = valueAt(own, key.split('.'));
    return typeof value === 'string' ? mergeLayer(own, nested(key, pathBeside(value, file))) : own;
  }, layer);
}

/**
 * A value of a file: a path (`./…`, `../…`) starts at that file, and another name stays as it is.
 *
 * @example
 * console.log(pathBeside('./judge.js', '/home/me/ais.yaml'), pathBeside('oracle', '/home/me/ais.yaml')); // /home/me/judge.js oracle
 */
export function pathBeside(value: string, file: string): string {
  return /^\.{1,2}[\\/]/.test(value) ? resolve(dirname(file), value) : value;
}

function onlyKnown(layer: Layer, schema: z.ZodObject): Layer {
  return Object.fromEntries(Object.entries(layer).filter(([key]) => key in schema.shape));
}

/** A preset's text is used where nothing else was given to learn from or to evaluate on. */
function withoutText(preset: Layer, own: Layer, run: Layer): Layer {
  const given = [own, run].some(({ pairs, source }) => pairs !== undefined || source !== undefined);
  if (!given) return preset;
  const { source: _, ...rest } = preset;
  return rest;
}

/** How a run read its pairs is of those pairs alone. */
function withoutOtherPairs(run: Layer, own: Layer): Layer {
  if (own['pairs'] === undefined || own['pairs'] === run['pairs']) return run;
  const { pairColumns: _, pairTemplate: __, ...rest } = run;
  return rest;
}

/** A run's layer without the count of records of a preset's text, of which another command has other records. */
function withoutOtherRecords(run: Layer, trainedBy: unknown, command: CommandName): Layer {
  const { data, source } = run;
  // Earlier runs do not say what trained them.
  if (trainedBy === undefined || trainedBy === command) return run;
  if (!isOfPreset(source) || !isLayer(data)) return run;
  const { records: _, ...rest } = data;
  return { ...run, data: rest };
}

/** Fields that pairs and labeled responses have, and a source does not. */
const OF_PAIRS = /^(chosen|rejected|label$|summaries$|choice$)/;

/**
 * A layer in which columns and a template that were given with pairs are those of the pairs: the source is the run's, and keeps
 * its own. Beside a source, only the fields of pairs are. A run that is resumed has them where it had them.
 */
function forPairs(own: Layer, run: Layer, stored: Layer | undefined): Layer {
  const { agreement, pairs = isLayer(agreement) ? agreement['pairs'] : undefined } = own;
  const isStored = (key: string): boolean => stored === undefined || stored[key] !== undefined;
  if (pairs === undefined || !(isStored('pairColumns') || isStored('pairTemplate'))) return own;
  const { columns, template, ...rest } = own;
  const isOfPairs = (field: string): boolean => own['source'] === undefined || OF_PAIRS.test(field);
  const fields = Object.entries(isLayer(columns) ? columns : {});
  const part = (ofPairs: boolean): Layer =>
    Object.fromEntries(fields.filter(([field]) => isOfPairs(field) === ofPairs));
  const [pairColumns, sourceColumns] = [part(true), part(false)];
  const isTemplateOfPairs =
    own['source'] === undefined && (stored ? isStored('pairTemplate') : run['source'] !== undefined);
  const ofPairs: Layer = {
    ...(Object.keys(pairColumns).length > 0 && { pairColumns }),
    ...(template !== undefined && isTemplateOfPairs && { pairTemplate: template }),
  };
  return mergeLayer(ofPairs, {
    ...rest,
    ...(Object.keys(sourceColumns).length > 0 && { columns: sourceColumns }),
    ...(template !== undefined && !isTemplateOfPairs && { template }),
  });
}

/** Text is rendered with one kind of template, never both: the kind that is asked for replaces the run's. */
function withoutOtherTemplate(run: Layer, own: Layer): Layer {
  const { template, chatTemplate, ...rest } = run;
  return {
    ...rest,
    ...(template !== undefined && (template === CHAT || !asksForChat(own)) && { template }),
    ...(chatTemplate !== undefined && own['template'] === undefined && { chatTemplate }),
  };
}

/** Whether settings say how conversations are rendered. */
function asksForChat({ chatTemplate, templateVariables }: Layer): boolean {
  return chatTemplate !== undefined || templateVariables !== undefined;
}

/** A layer without the counts that a preset, or a run, has of its text, where another text is used. */
function withoutForeignCounts(layer: Layer, counted: unknown, used: unknown): Layer {
  const { data } = layer;
  if (!isLayer(data) || isSameText(counted, used)) return layer;
  const { records: _, heldOut: __, ...rest } = data;
  return { ...layer, data: rest };
}

function isOfPreset(text: unknown): boolean {
  return Object.values(scales).some(({ source }) => source === text);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((found, key) => (isLayer(found) ? found[String(key)] : undefined), value);
}
