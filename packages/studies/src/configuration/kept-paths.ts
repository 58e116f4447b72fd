import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { sharesOf } from '@ais/data';
import { moduleOf } from '@ais/pipeline/settings';
import { isStudyFile } from '../catalog/load-study.js';
import { isBuiltInName } from '../settings/built-in-names.js';
import {
  isPolicySettings,
  type PolicyStudySettings,
  type StudySettings,
} from '../settings/study-settings.js';

/** What of a configuration may have paths. */
interface ConfiguredPaths {
  readonly name: string;
  readonly store: string;
  readonly settings: readonly StudySettings[];
}

/** The working directory as seen from a folder. */
export function workingDirectoryFrom(directory: string): string {
  return relative(realpathSync(directory), process.cwd());
}

/**
 * A configuration that a folder kept, for the present working directory: elsewhere than where it was kept, what its paths led to there
 * has its absolute path. What is not there stays as it was given.
 *
 * @param from the working directory that its paths lead from, as seen from the folder
 */
export function fromHere<Configuration extends ConfiguredPaths>(
  configuration: Configuration,
  directory: string,
  from: string,
): Configuration {
  const there = resolve(realpathSync(directory), from);
  return there === process.cwd() ? configuration : withAbsolutePaths(configuration, there);
}

/** A configuration with absolute paths of what its paths lead to from a folder. */
export function withAbsolutePaths<Configuration extends ConfiguredPaths>(
  configuration: Configuration,
  there: string,
): Configuration {
  const { name, store, settings } = configuration;
  return {
    ...configuration,
    name: isStudyFile(name) ? pathFrom(there, name) : name,
    store: storeFrom(there, store),
    settings: settings.map((each) => (isPolicySettings(each) ? settingsFrom(there, each) : each)),
  };
}

/** A store may not be there yet. */
function storeFrom(there: string, store: string): string {
  if (isAbsolute(store) || /^\w+:\/\//.test(store)) return store;
  const path = join(there, store);
  return existsSync(path) || !existsSync(store) ? path : store;
}

function pathFrom(there: string, name: string): string {
  if (isAbsolute(name)) return name;
  if (isBuiltInName(name)) return name;
  const shares = sharesOf(name);
  if (shares) return shares.map(({ source, weight }) => `${pathFrom(there, source)}*${weight}`).join(',');
  const path = join(there, name);
  return existsSync(moduleOf(path)?.module ?? path) ? path : name;
}

function settingsFrom(there: string, settings: PolicyStudySettings): StudySettings {
  const path = (name: string): string => pathFrom(there, name);
  const model = <Model extends object>(one: Model): Model =>
    'pretrained' in one ? { ...one, pretrained: path(String(one.pretrained)) } : one;
  const { source, template, policy, gold, judge, agreement, runs } = settings;
  return {
    ...settings,
    source: path(source),
    ...(typeof template === 'string' && { template: path(template) }),
    policy: model(policy),
    gold: { ...gold, model: model(gold.model), judge: path(gold.judge) },
    judge: { ...judge, ...(judge.template !== undefined && { template: path(judge.template) }) },
    agreement: { ...agreement, ...(agreement.pairs !== undefined && { pairs: path(agreement.pairs) }) },
    runs: runs.map((run) => {
      const { objective } = run.method;
      return moduleOf(objective)?.kind === 'file'
        ? { ...run, method: { ...run.method, objective: path(objective) } }
        : run;
    }),
  };
}
