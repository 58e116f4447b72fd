import { type Layer, mergeLayer, scaleNames } from '@ais/pipeline/settings';
import type { StudyCatalog } from '../catalog/catalog.js';
import { StudyError } from '../errors.js';
import { dpo, runsOf, smallestBeta } from '../methods/methods.js';
import { isComputed, isExact, type Study } from '../study/study.js';
import { scaleSettings } from './study-scales.js';

/** How a study is asked for. */
export interface PresetOptions {
  readonly scale?: string | undefined;
  /**
   * How many; the seeds are 1, 2, … Several numbers are looks: claims are judged at each, and the study ends where none is open.
   * One seed at `tiny` scale and three at the others by default.
   */
  readonly seeds?: readonly number[] | undefined;
  /** Which ones, in place of the first ones: a part of a study. */
  readonly onlySeeds?: readonly number[] | undefined;
}

/**
 * A study of the catalog.
 *
 * @throws {StudyError} `unknown-study`
 */
export function namedStudy(name: string, catalog: StudyCatalog): Study {
  const study = catalog.find(name);
  if (study) return study;
  const known = [...catalog.studies.map((each) => each.name), 'all', 'search'];
  throw new StudyError(
    'unknown-study',
    `there is no study "${name}". Use one of: ${known.join(', ')}; or the path of a study of your own (.yaml, .json, .js).`,
  );
}

/** A study's settings at a scale, before settings files, flags, and defaults. */
export function studyPreset(study: Study, { scale = 'tiny', seeds, onlySeeds }: PresetOptions = {}): Layer {
  const known = scaleNames.find((each) => each === scale);
  if (!known) {
    throw new StudyError(
      'unknown-study',
      `there is no scale "${scale}". Use one of: ${scaleNames.join(', ')}.`,
    );
  }
  // Its sampled losses are beside their expectations: another seed would show nothing else.
  if (isComputed(study)) return { study: study.name, scale: known, seeds: [1], pairs: 2000 };
  if (isExact(study)) {
    const { looks, ...own } = study.preset(known);
    // The looks of a scale are at all of its seeds.
    if (onlySeeds) return { study: study.name, scale: known, ...own, seeds: onlySeeds };
    return {
      study: study.name,
      scale: known,
      ...own,
      ...(seeds ? seedSettings(seeds, own.seeds) : looks && { looks }),
    };
  }
  const own = mergeLayer(forText(scaleSettings(known), study.settings?.['source']), study.settings ?? {});
  return {
    ...own,
    study: study.name,
    ...seedSettings(seeds, study.settings?.['seeds'] ?? (known === 'tiny' ? [1] : [1, 2, 3])),
    runs: study.runs,
  };
}

/** Settings for a source: the numbers and splits of a scale are those of its own text, and of other text all is used. */
export function forText(settings: Layer, source: unknown): Layer {
  if (source === undefined || source === settings['source']) return settings;
  const {
    supervised: _,
    reward: __,
    preference: ___,
    evaluation: ____,
    splits: _____,
    ...corpus
  } = settings['corpus'] as Layer;
  return { ...settings, corpus };
}

function seedSettings(counts: readonly number[] | undefined, usual: unknown): Layer {
  if (counts === undefined) return { seeds: usual };
  const seeds = Array.from({ length: Math.max(...counts) }, (_, index) => index + 1);
  return { seeds, ...(counts.length > 1 && { looks: counts }) };
}

/** The first seed of a search: a rate that was chosen on the seeds of a study would be reported on the runs that chose it. */
const SEARCH_SEEDS = 101;

/**
 * The settings of a search for the learning rate at which unweighted DPO over-optimizes: DPO at the smallest β, over
 * learning rates about the scale's own, with three seeds that no study has.
 */
export function searchPreset(
  options: PresetOptions & { readonly learningRates?: readonly number[] | undefined } = {},
): Layer {
  const search: Study = {
    name: 'search',
    title: 'Search for the learning rate',
    runs: [],
    charts: () => [],
    claims: [],
  };
  const seeds = Array.from(
    { length: Math.max(...(options.seeds ?? [3])) },
    (_, index) => SEARCH_SEEDS + index,
  );
  const settings: Layer = { ...studyPreset(search, options), seeds };
  const { learningRate: own } = settings['preference'] as { readonly learningRate: number };
  const learningRates = options.learningRates ?? [0.2, 0.6, 1, 2, 6].map((factor) => rounded(factor * own));
  return {
    ...settings,
    runs: learningRates.flatMap((learningRate) =>
      runsOf([{ ...dpo, title: `DPO, learning rate ${learningRate}` }], [smallestBeta]).map((run) => ({
        ...run,
        training: { learningRate },
      })),
    ),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
