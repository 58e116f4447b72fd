import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sourceLayer } from '@ais/pipeline';
import {
  assignment,
  isLayer,
  type Layer,
  mergeLayer,
  readSettingsFile,
  withoutPractice,
} from '@ais/pipeline/settings';
import { readJson, writeJson } from '@ais/runtime/files';
import { shellWord } from '@ais/runtime/process';
import { type StudyCatalog, studyCatalog } from '../catalog/catalog.js';
import { isStudyFile, loadStudy } from '../catalog/load-study.js';
import { settingsBeside } from '../catalog/settings-beside.js';
import { StudyError } from '../errors.js';
import { atBetas, withControls } from '../methods/with-controls.js';
import { seedsArgument } from '../settings/seeds-argument.js';
import {
  checkRuns,
  isPolicySettings,
  parseStudySettings,
  type StudySettings,
  studyLayerSchema,
} from '../settings/study-settings.js';
import { type Study, trainsPolicies } from '../study/study.js';
import { fromHere, withAbsolutePaths, workingDirectoryFrom } from './kept-paths.js';
import { forText, namedStudy, searchPreset, studyPreset } from './study-presets.js';

/** What is asked for by name. */
export interface StudyRequest {
  /** A study, several with commas between them, the path of one of your own, `all`, or `search`. */
  readonly name: string;
  readonly scale?: string;
  /** How many, or several numbers of seeds to look at. */
  readonly seeds?: readonly number[];
  /** Which seeds to run, in place of the first ones: one part of a study, which `ais report` merges with the others. */
  readonly onlySeeds?: readonly number[] | undefined;
  /** The scale's by default. */
  readonly backend?: string;
  /** A JSON or YAML file of settings over those of the study. */
  readonly file?: string;
  /** Settings that flags give, over the file's. */
  readonly flags?: Layer;
  /** Settings over these, `preference.learningRate=3e-5`. */
  readonly assignments?: readonly string[];
  /** Of a search. */
  readonly learningRates?: readonly number[];
}

/** What a folder of studies was started with; its `config.json`. */
export interface StudyConfiguration {
  readonly name: string;
  readonly settings: readonly StudySettings[];
  readonly backend: string;
  /** Where the stages are kept. */
  readonly store: string;
  /** By study, the command that makes its data again. */
  readonly commands: Readonly<Record<string, string>>;
}

/** A configuration as a folder keeps it, with its paths as they were given. */
interface KeptConfiguration extends StudyConfiguration {
  /** The working directory that its paths lead from, as seen from the folder; absent in folders of earlier versions. */
  readonly from?: string;
}

/**
 * The studies of a configuration.
 *
 * @example
 * const catalog = await configuredStudies({ name: 'fig3' });
 * console.log(catalog.find('fig3')?.name); // fig3
 */
export function configuredStudies({ name }: Pick<StudyConfiguration, 'name'>): Promise<StudyCatalog> {
  return catalogFor(name);
}

async function catalogFor(name: string): Promise<StudyCatalog> {
  return studyCatalog(isStudyFile(name) ? [await loadStudy(name)] : []);
}

/**
 * The settings that a request stands for.
 *
 * @throws {StudyError} {PipelineError}
 * @example
 * const { settings, backend } = await configureStudies(
 *   { name: 'fig2,fig3', scale: 'tiny', assignments: ['betas=[0.01,0.1]'] },
 *   'runs/study-store',
 * );
 * console.log(settings.map(({ study }) => study), backend); // [ 'fig2', 'fig3' ] wasm
 */
export async function configureStudies(request: StudyRequest, store: string): Promise<StudyConfiguration> {
  const { name, file, flags = {}, assignments = [], learningRates, onlySeeds } = request;
  const layers = [
    ...(file === undefined ? [] : [settingsBeside(await readSettingsFile(file, studyLayerSchema()), file)]),
    flags,
    ...(onlySeeds === undefined ? [] : [{ seeds: onlySeeds }]),
    ...assignments.map((text) => assignment(text)),
  ];
  const own = layers.reduce(mergeLayer, {});
  const settings: StudySettings[] = [];
  for (const { study, preset } of await presets(request)) {
    // A study without text has other settings: among all, what is set for the others is not for it.
    if (study && !trainsPolicies(study))
      settings.push(parseStudySettings(name === 'all' ? preset : mergeLayer(preset, own)));
    else
      settings.push(
        withAskedRuns(parseStudySettings(mergeLayer(await withSource(preset, own['source']), own))),
      );
  }
  const usual = settings.flatMap((each) => (isPolicySettings(each) ? [each.backend] : []))[0] ?? 'cpu';
  const backend = request.backend ?? usual;
  const changes = [
    ...(file === undefined ? [] : [`--config ${shellWord(file)}`]),
    ...[...leaves(flags), ...assignments].map((text) => `--set ${shellWord(text)}`),
    ...(learningRates === undefined ? [] : [`--learning-rates ${learningRates.join(',')}`]),
  ];
  const command = (each: StudySettings): string =>
    [
      `ais study ${shellWord(isStudyFile(name) ? name : each.study)} --scale ${each.scale} --seeds ${seedsArgument(each)}`,
      ...(isPolicySettings(each) ? [`--backend ${backend}`] : []),
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

/** A study with the runs that its settings ask for: at their β, and with their controls. */
function withAskedRuns(settings: StudySettings): StudySettings {
  if (!isPolicySettings(settings)) return settings;
  const { runs, betas, controls = [] } = settings;
  const asked = withControls(betas ? atBetas(runs, betas) : runs, controls);
  checkRuns(asked);
  return { ...settings, runs: asked };
}

/** `gold.judge=oracle` of every value in a layer. */
function leaves(layer: Layer, path = ''): string[] {
  return Object.entries(layer).flatMap(([key, value]) =>
    isLayer(value) && `${path}${key}` !== 'api.parameters'
      ? leaves(value, `${path}${key}.`)
      : [`${path}${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`],
  );
}

/** A preset for a source that settings name: of a prepared folder, with its lengths. */
async function withSource(preset: Layer, asked: unknown): Promise<Layer> {
  const source = asked ?? preset['source'];
  const prepared = typeof source === 'string' ? await sourceLayer(source) : undefined;
  const settings = forText(preset, asked);
  return prepared ? mergeLayer(settings, { corpus: prepared['data'] }) : settings;
}

async function presets({
  name,
  scale,
  seeds,
  onlySeeds,
  learningRates,
}: StudyRequest): Promise<{ readonly study?: Study; readonly preset: Layer }[]> {
  const options = { scale, seeds, onlySeeds };
  if (name === 'search') return [{ preset: searchPreset({ ...options, learningRates }) }];
  const catalog = await catalogFor(name);
  // The demo is the first look at all this, and none of the studies.
  const wanted =
    name === 'all'
      ? catalog.studies.filter(({ name: each }) => !each.startsWith('demo'))
      : isStudyFile(name)
        ? [lastOf(catalog)]
        : name.split(',').map((each) => namedStudy(each, catalog));
  return wanted.map((study) => ({ study, preset: studyPreset(study, options) }));
}

function lastOf({ studies }: StudyCatalog): Study {
  const study = studies.at(-1);
  if (!study) throw new Error('A catalog has studies.');
  return study;
}

/**
 * What the studies in a folder were started with, its paths as they lead from the present working directory; undefined if there are none.
 *
 * @example
 * console.log(await readStudyConfiguration('runs/missing')); // undefined
 */
export async function readStudyConfiguration(directory: string): Promise<StudyConfiguration | undefined> {
  const kept = await readJson<Partial<KeptConfiguration>>(join(directory, 'config.json'));
  // The config.json of a training run has other fields.
  if (!Array.isArray(kept?.settings)) return undefined;
  const { from, ...configuration } = kept as KeptConfiguration;
  return from === undefined ? configuration : fromHere(configuration, directory, from);
}

/**
 * Takes a folder for studies, or resumes the same ones in it.
 *
 * @throws {StudyError} `another-study` where it holds others: their data would mix; `folder-in-use` where it holds
 *   something else
 * @example
 * const configuration = await configureStudies({ name: 'fig1' }, 'runs/study-store');
 * await keepStudyConfiguration('runs/kept', configuration); // throws if another study is there
 * console.log((await readStudyConfiguration('runs/kept'))?.name); // fig1
 */
export async function keepStudyConfiguration(
  directory: string,
  configuration: StudyConfiguration,
): Promise<void> {
  const found = await readStudyConfiguration(directory);
  const [difference] = found ? differences(decisivePart(found), decisivePart(configuration)) : [];
  if (difference !== undefined) {
    throw new StudyError(
      'another-study',
      `${directory} holds another study, or this one with other settings: ${difference}. Choose another folder (--out).`,
    );
  }
  if (!found && (await holdsFiles(directory))) {
    throw new StudyError(
      'folder-in-use',
      `${directory} is not empty and holds no study. Choose another folder with --out.`,
    );
  }
  await mkdir(directory, { recursive: true });
  const kept: KeptConfiguration = { ...configuration, from: workingDirectoryFrom(directory) };
  await writeJson(join(directory, 'config.json'), kept);
}

/**
 * Studies that were begun, with a few settings over theirs.
 *
 * @example
 * const { settings } = await configureStudies({ name: 'fig3' }, 'runs/study-store');
 * const [changed] = changeStudies(settings, { preference: { learningRate: 1e-4 } });
 * console.log(changed?.preference.learningRate); // 0.0001
 */
export function changeStudies(studies: readonly StudySettings[], over: Layer): StudySettings[] {
  return studies.map((each) =>
    isPolicySettings(each) ? parseStudySettings(mergeLayer(each as unknown as Layer, over)) : each,
  );
}

/** What must be the same when studies resume: a budget that is spent may be raised. */
function decisivePart(configuration: StudyConfiguration): object {
  const { name, store, backend, settings } = withAbsolutePaths(configuration, process.cwd());
  const decisive = settings.map((each) => (isPolicySettings(each) ? withoutPractice(each).decisive : each));
  const part = {
    name,
    store,
    backend,
    settings: Object.fromEntries(decisive.map((each) => [each.study, each])),
  };
  // As it is read again: without what is undefined.
  return JSON.parse(JSON.stringify(part)) as object;
}

/** In what two JSON values differ: `store (runs/a, runs/b)`. */
function differences(one: unknown, other: unknown, path = ''): string[] {
  if (isDeepStrictEqual(one, other)) return [];
  if (!isLayer(one) || !isLayer(other)) {
    const [own, theirs] = [one, other].map((value) => (value === undefined ? 'none' : JSON.stringify(value)));
    return [`${path} (${own} there, ${theirs} here)`];
  }
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => differences(one[key], other[key], path === '' ? key : `${path}.${key}`));
}

/** Whether there is anything in a folder; a file in its place is left to whatever writes there. */
async function holdsFiles(directory: string): Promise<boolean> {
  return existsSync(directory) && statSync(directory).isDirectory() && (await readdir(directory)).length > 0;
}
