import { isDeepStrictEqual } from 'node:util';
import type { PairWeights, PolicyStudyData, StudyData, StudyPairs, StudyRun } from '../data/study-data.js';
import { isPolicyStudy } from '../data/study-data.js';
import { StudyError } from '../errors.js';
import { seedsArgument } from '../settings/seeds-argument.js';

/** A study's data and the folder that they were read from, which errors name. */
export interface FoundStudy {
  readonly data: StudyData;
  readonly folder: string;
}

/**
 * The data of one study of which two folders hold different seeds, as if one command had run all of them.
 *
 * Seeds of preference training may come from several machines. What they share must be the same: settings, looks, back end, and
 * the very text. A run that both have is taken once if its numbers are the same.
 *
 * @throws {StudyError} `another-study` where they are not comparable, or disagree about a run
 */
export function mergeStudies(first: FoundStudy, second: FoundStudy): StudyData {
  if (!isPolicyStudy(first.data) || !isPolicyStudy(second.data)) {
    throw different(first, second, 'nothing to put together');
  }
  const [one, other] = [first.data, second.data];
  for (const [what, value] of sharedParts(one)) {
    const theirs = new Map(sharedParts(other)).get(what);
    if (!isDeepStrictEqual(value, theirs)) {
      throw different(first, second, `another ${what} (${shown(value)}, ${shown(theirs)})`);
    }
  }
  const runs = merged<StudyRun>(one.runs, other.runs, runKey, (key) => {
    throw different(first, second, `other numbers for ${key}`);
  });
  const seeds = [...new Set([...one.seeds, ...other.seeds])].toSorted((a, b) => a - b);
  const early = (other.seeds[0] ?? 0) < (one.seeds[0] ?? 0) ? other : one;
  const stages = merged(one.stages, other.stages, ({ key }) => key);
  const weights = merged<PairWeights>(one.weights ?? [], other.weights ?? [], weightsKey);
  return {
    ...early,
    seeds,
    command: early.command.replace(/--seeds \S+/, `--seeds ${seedsArgument({ ...early, seeds })}`),
    versions: mergedVersions(one.versions, other.versions),
    seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0),
    stages,
    runs: bySeed(runs),
    pairs: bySeed(merged<StudyPairs>(one.pairs, other.pairs, ({ seed, data }) => `${data}, seed ${seed}`)),
    ...(weights.length > 0 && { weights: bySeed(weights) }),
  };
}

/** What seeds of one study have in common, by what a message calls it. */
function sharedParts(study: PolicyStudyData): [string, unknown][] {
  const settings = Object.entries(study.settings).map(([name, value]): [string, unknown] => [
    `setting ${name}`,
    value,
  ]);
  return [
    ['scale', study.scale],
    ['source', study.source],
    ['back end', study.backend],
    ['plan of looks', study.looks],
    ['text, by its fingerprint', study.corpus?.fingerprint],
    ['judge', study.judge?.name],
    ['number of settings', settings.length],
    ...settings,
  ];
}

/**
 * The entries of both lists, each key once.
 *
 * @param onConflict told of a key under which they differ, but for times; by default the first one's entry is taken
 */
function merged<Entry extends object>(
  first: readonly Entry[],
  second: readonly Entry[],
  keyOf: (entry: Entry) => string,
  onConflict: (key: string) => void = () => {},
): Entry[] {
  const found = new Map(first.map((entry) => [keyOf(entry), entry]));
  for (const entry of second) {
    const key = keyOf(entry);
    const own = found.get(key);
    if (own && !isDeepStrictEqual(withoutTimes(own), withoutTimes(entry))) onConflict(key);
    if (!own) found.set(key, entry);
  }
  return [...found.values()];
}

function withoutTimes(entry: object): object {
  return { ...entry, seconds: 0 };
}

function runKey({ method, beta, data, seed }: StudyRun): string {
  return `${method.title}, β = ${beta}, ${data}, seed ${seed}`;
}

function weightsKey({ method, beta, seed }: PairWeights): string {
  return `${method}, ${beta}, ${seed}`;
}

/** In the order of a study's own data: seed after seed, and within one as it was. */
function bySeed<Entry extends { readonly seed: number }>(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => a.seed - b.seed);
}

function mergedVersions(
  one: PolicyStudyData['versions'],
  other: PolicyStudyData['versions'],
): PolicyStudyData['versions'] {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const versionsOf = (name: string): string[] =>
    [one[name], other[name]].flatMap((versions) => versions?.split(', ') ?? []);
  return Object.fromEntries(names.map((name) => [name, [...new Set(versionsOf(name))].join(', ')]));
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
}

function different(first: FoundStudy, second: FoundStudy, what: string): StudyError {
  return new StudyError(
    'another-study',
    `${first.data.study} is both in ${first.folder} and in ${second.folder}, with ${what}. Leave one of them out.`,
  );
}
