import { isAbsolute, relative, resolve } from 'node:path';
import { judgingFlags, type Layer, layerOfFlags, mergeLayer } from '@ais/pipeline/settings';
import type { StudyConfiguration } from '@ais/studies/settings';
import type { SeedNumbers } from '../option-values.js';
import { rejectFlagsWithResume } from '../reject-flags-with-resume.js';
import { type StoreFlags, storeAddress, USUAL_STORE } from '../store-options.js';
import { UsageError } from '../usage-error.js';

/** The options of `ais study`. */
export interface StudyFlags extends StoreFlags {
  readonly scale?: string;
  readonly seeds?: SeedNumbers;
  readonly backend?: string;
  readonly processes?: number;
  /** The Redis server whose workers run the stages. */
  readonly redis?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly learningRates?: readonly number[];
  readonly out?: string;
  /** The user's own text and judge, overriding the study's. */
  readonly source?: string;
  readonly judge?: string;
  readonly resume?: boolean;
  readonly allow?: readonly string[];
  readonly onlyFinished?: boolean;
  /** Writes scripts for an engine instead of running: Slurm's is the only one. */
  readonly emit?: 'sbatch';
  readonly sbatch?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The study that the command line asks for. */
export async function newStudy(
  name: string | undefined,
  flags: StudyFlags,
  over: Layer,
): Promise<StudyConfiguration> {
  const { builtInStudies } = await import('@ais/studies');
  const { configureStudies } = await import('@ais/studies/settings');
  const { scale, seeds, backend, config, set, learningRates, source, judge } = flags;
  if (name === undefined)
    throw new UsageError(
      `Name a study: ${[...builtInStudies.map((each) => each.name), 'all', 'search'].join(', ')}, or the path of your own.`,
    );
  if (learningRates !== undefined && name !== 'search') {
    throw new UsageError('--learning-rates belongs to a search: a study holds one for all methods.');
  }
  const request = {
    name,
    ...(scale !== undefined && { scale }),
    ...(seeds?.counts && { seeds: seeds.counts }),
    ...(seeds?.only && { onlySeeds: seeds.only }),
    ...(backend !== undefined && { backend }),
    ...(config !== undefined && { file: config }),
    ...(set !== undefined && { assignments: set }),
    flags: mergeLayer(over, {
      ...(source !== undefined && { source }),
      ...(judge !== undefined && { gold: { judge } }),
      ...judgingLayer(flags),
    }),
    ...(learningRates !== undefined && { learningRates }),
  };
  return configureStudies(request, await storeAddress(flags));
}

/** The settings that the flags give of how a language model is asked, and judges. */
function judgingLayer(flags: StudyFlags): Layer {
  return layerOfFlags(judgingFlags, { ...flags });
}

/** The study of a folder, to be resumed. */
export async function begunStudy(name: string | undefined, flags: StudyFlags): Promise<StudyConfiguration> {
  const { out } = flags;
  const { changeStudies, readStudyConfiguration } = await import('@ais/studies/settings');
  if (out === undefined) throw new UsageError('--resume needs --out, the folder of the study to resume.');
  const found = await readStudyConfiguration(out);
  if (!found) throw new UsageError(`${out} holds no study to resume.`);
  await refuseOther(name, flags, { out, found });
  const { requireAllowed } = await import('@ais/pipeline');
  const { name: study, settings, store } = found;
  const named = [name, flags.judge, await storeAddress(flags), resolve(flags.store), ...(flags.allow ?? [])];
  requireAllowed(out, { study, settings }, named, storeElsewhere(store, out));
  const over = judgingLayer(flags);
  if (Object.keys(over).length === 0) return found;
  // A budget that is spent may be raised; the study refuses what would change its outcome.
  return { ...found, settings: changeStudies(found.settings, over) };
}

/** Rejects flags that would be ignored: a study that was begun keeps its name and settings. Its name and its judge may be given again. */
async function refuseOther(
  name: string | undefined,
  flags: StudyFlags,
  { out, found }: { readonly out: string; readonly found: StudyConfiguration },
): Promise<void> {
  const { isPolicySettings } = await import('@ais/studies/settings');
  if (name !== undefined && name !== found.name && resolve(name) !== resolve(found.name))
    throw new UsageError(
      `${out} holds the study ${found.name}, not ${name}. Name its own folder with --out.`,
    );
  const { scale, seeds, source, judge, config, set, backend, learningRates, store } = flags;
  const isItsJudge = found.settings.some((each) => isPolicySettings(each) && each.gold.judge === judge);
  const isItsStore = store === USUAL_STORE || resolve(store) === resolve(found.store);
  rejectFlagsWithResume(out, {
    scale,
    seeds,
    source,
    config,
    set,
    backend,
    learningRates,
    ...(!isItsJudge && { judge }),
    ...(!isItsStore && { store }),
  });
}

/** The store of a study that was begun, unless it is in the study's folder: stages are written there. */
function storeElsewhere(store: unknown, out: string): { readonly key: string; readonly value: string }[] {
  if (typeof store !== 'string') return [];
  const isInside = !relative(out, store).startsWith('..') && !isAbsolute(relative(out, store));
  return isInside && !/^\w+:\/\//.test(store) ? [] : [{ key: 'store', value: store }];
}

/** The flags that allow a study again what it uses from outside. */
export async function allowances(
  { name: study, settings, store }: StudyConfiguration,
  out: string,
): Promise<string> {
  const { allowing, outsideNames } = await import('@ais/pipeline');
  const elsewhere = store === USUAL_STORE ? [] : storeElsewhere(store, out);
  return allowing([...outsideNames({ study, settings }), ...elsewhere]);
}
