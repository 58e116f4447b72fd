import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readJson, writeJson } from '../durable-json.js';
import { ConfigurationError } from '../training/configuration-error.js';
import { assignment, mergeLayer } from '../training/read-settings.js';
import { searchPreset, studyNames, studyPreset } from './study-presets.js';
import { isMixtureStudy, parseStudySettings, type StudySettings } from './study-settings.js';

type Layer = Readonly<Record<string, unknown>>;

/** What is asked for by name. */
export interface StudyRequest {
  /** A study, `all`, or `search`. */
  readonly name: string;
  readonly scale?: string;
  readonly seeds?: number;
  /** The scale's where absent. */
  readonly backend?: string;
  /** A JSON or YAML file of settings over those of the preset. */
  readonly file?: string;
  /** Settings over these, `preference.learningRate=3e-5`. */
  readonly assignments?: readonly string[];
  /** Of a search. */
  readonly learningRates?: readonly number[];
}

/** What a folder of studies was begun with; its `config.json`. */
export interface StudyConfiguration {
  readonly name: string;
  readonly settings: readonly StudySettings[];
  readonly backend: string;
  /** Where the stages are kept. */
  readonly store: string;
  /** By study, the command that makes its data again. */
  readonly commands: Readonly<Record<string, string>>;
}

/**
 * The settings that a request stands for.
 *
 * @throws {UnknownStudyError} {StudySettingsError} {ConfigurationError}
 */
export async function configureStudies(request: StudyRequest, store: string): Promise<StudyConfiguration> {
  const { name, scale, seeds, file, assignments = [], learningRates } = request;
  const options = {
    ...(scale !== undefined && { scale }),
    ...(seeds !== undefined && { seeds }),
    ...(learningRates !== undefined && { learningRates }),
  };
  const presets: readonly StudySettings[] =
    name === 'search'
      ? [searchPreset(options)]
      : (name === 'all' ? studyNames : [name]).map((own) => studyPreset(own, options));
  const layers = [...(file === undefined ? [] : [await readLayer(file)]), ...assignments.map(assignment)];
  // fig1 trains nothing: among others, what is set for them is not for it.
  const settings = presets.map((preset) =>
    isMixtureStudy(preset) && name === 'all'
      ? preset
      : parseStudySettings(layers.reduce(mergeLayer, { ...preset } as Layer)),
  );
  const own = settings.flatMap((each) => (isMixtureStudy(each) ? [] : [each.backend]))[0] ?? 'cpu';
  const backend = request.backend ?? own;
  const changes = [
    ...(file === undefined ? [] : [`--config ${file}`]),
    ...assignments.map((text) => `--set ${text}`),
    ...(learningRates === undefined ? [] : [`--learning-rates ${learningRates.join(',')}`]),
  ];
  const command = (each: StudySettings): string =>
    [
      `ais study ${each.study} --scale ${each.scale} --seeds ${each.seeds.length}`,
      ...(isMixtureStudy(each) ? [] : [`--backend ${backend}`]),
      ...changes,
    ].join(' ');
  return {
    name,
    settings,
    backend,
    store,
    commands: Object.fromEntries(settings.map((each) => [each.study, command(each)])),
  };
}

/** What the studies in a folder were begun with; nothing where there are none. */
export function readStudyConfiguration(directory: string): Promise<StudyConfiguration | undefined> {
  return readJson(join(directory, 'config.json'));
}

/**
 * Takes a folder for studies, or goes on in it with the same ones.
 *
 * @throws {ConfigurationError} where it holds others: their data would mix
 */
export async function keepStudyConfiguration(
  directory: string,
  configuration: StudyConfiguration,
): Promise<void> {
  const found = await readStudyConfiguration(directory);
  if (found && JSON.stringify(found) !== JSON.stringify(configuration)) {
    throw new ConfigurationError(
      'out',
      directory,
      'it holds another study, or this one with other settings. Choose another folder (--out).',
    );
  }
  await writeJson(join(directory, 'config.json'), configuration);
}

async function readLayer(path: string): Promise<Layer> {
  try {
    return parse(await readFile(path, 'utf8')) as Layer;
  } catch (cause) {
    throw new ConfigurationError('config', path, `it cannot be read: ${(cause as Error).message}`);
  }
}
