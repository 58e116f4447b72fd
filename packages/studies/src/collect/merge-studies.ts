import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { shellWord } from '@ais/runtime/process';
import { plannedBetas } from '../data/planned-betas.js';
import type {
  PairWeights,
  PlannedBetas,
  PolicyStudyData,
  StudyData,
  StudyMethod,
  StudyPairs,
  StudyRun,
} from '../data/study-data.js';
import { isPolicyStudy, objectiveSetting } from '../data/study-data.js';
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
 * Seeds of preference training may come from several machines. What they share must be the same: settings, looks, back end, the
 * very text, the stages that all seeds rest on, and what each method does. A run that both have is taken once if its numbers are
 * the same.
 *
 * @throws {StudyError} `another-study` where they are not comparable, or disagree about a run
 */
export function mergeStudies(first: FoundStudy, second: FoundStudy): StudyData {
  if (!isPolicyStudy(first.data) || !isPolicyStudy(second.data)) {
    throw different(first, second, 'nothing to put together');
  }
  const one = first.data;
  const other = withObjectivesOf(one, second.data);
  for (const [what, value] of sharedParts(one)) {
    const theirs = new Map(sharedParts(other)).get(what);
    const [own, their] = namedAlike(one, other, what.replace(/^setting /, ''), value, theirs);
    if (!isDeepStrictEqual(own, their)) {
      throw different(first, second, `another ${what} (${shown(own)}, ${shown(their)})`);
    }
  }
  requireSameStages(first, second, one, other);
  requireSameMethods(first, second, one, other);
  const runs = merged<StudyRun>(one.runs, other.runs, runKey, (key) => {
    throw different(first, second, `other numbers for ${key}`);
  });
  const families = one.families ?? other.families;
  const seeds = [...new Set([...one.seeds, ...other.seeds])].toSorted((a, b) => a - b);
  const early = (other.seeds[0] ?? 0) < (one.seeds[0] ?? 0) ? other : one;
  // The file of the study may be on one of the machines alone.
  const files = [early, one, other].flatMap((part) => part.file ?? []);
  const file = files.find((each) => existsSync(each)) ?? files[0];
  const stages = merged(one.stages, other.stages, ({ key }) => key);
  const weights = merged<PairWeights>(one.weights ?? [], other.weights ?? [], weightsKey, (key) => {
    throw different(first, second, `other weights of ${key}`);
  });
  const pairs = merged<StudyPairs>(one.pairs, other.pairs, pairsKey, (key) => {
    throw different(first, second, `other pairs of ${key}`);
  });
  const planned = [
    ...(one.planned ?? plannedBetas(one.runs)),
    ...(other.planned ?? plannedBetas(other.runs)),
  ];
  return {
    ...early,
    seeds,
    command: commandOf({ ...early, seeds }),
    ...(file !== undefined && { file }),
    versions: mergedVersions(one.versions, other.versions),
    ...((one.hashes || other.hashes) && { hashes: { ...other.hashes, ...one.hashes } }),
    seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0),
    stages,
    runs: bySeed(runs),
    ...((one.planned || other.planned) && { planned: together(planned) }),
    pairs: bySeed(pairs),
    ...(families && { families }),
    ...(weights.length > 0 && { weights: bySeed(weights) }),
  };
}

/** A setting in two parts: where both know a hash of what it names, the names with the hashes, and else what it says. */
function namedAlike(
  one: PolicyStudyData,
  other: PolicyStudyData,
  setting: string,
  ...[value, theirs]: readonly [unknown, unknown]
): readonly [unknown, unknown] {
  const [hash, theirHash] = [one.hashes?.[setting], other.hashes?.[setting]];
  if (hash === undefined || theirHash === undefined) return [value, theirs];
  if (hash === theirHash) return [value, value];
  return [`${shown(value)}, ${hash}`, `${shown(theirs)}, ${theirHash}`];
}

/** A part whose methods have objectives from files elsewhere, with the names that another part has for the same contents. */
function withObjectivesOf(one: PolicyStudyData, other: PolicyStudyData): PolicyStudyData {
  const named = (method: StudyMethod): StudyMethod => {
    const { objective } = one.runs.find((run) => run.method.title === method.title)?.method ?? method;
    const setting = objectiveSetting(method.title);
    const [name, theirs] = namedAlike(one, other, setting, objective, method.objective);
    return name === theirs ? { ...method, objective } : method;
  };
  return { ...other, runs: other.runs.map((run) => ({ ...run, method: named(run.method) })) };
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

/** Stages that all seeds of a study rest on, by kind, and what a message calls them. */
const sharedStages: readonly (readonly [kind: string, name: string])[] = [
  ['corpus', 'text'],
  ['sft', 'SFT model'],
  ['gold', 'gold model'],
  ['judge', 'judge'],
];

/** A part whose stages were removed since has fewer of them, which contradicts nothing. */
function requireSameStages(
  first: FoundStudy,
  second: FoundStudy,
  one: PolicyStudyData,
  other: PolicyStudyData,
): void {
  for (const [kind, name] of sharedStages) {
    const [own, theirs] = [one, other].map(({ stages }) =>
      stages.flatMap((stage) => (stage.kind === kind ? [stage.key] : [])),
    ) as [string[], string[]];
    const onlyOwn = own.filter((key) => !theirs.includes(key));
    const onlyTheirs = theirs.filter((key) => !own.includes(key));
    if (onlyOwn.length > 0 && onlyTheirs.length > 0) {
      const keys = [onlyOwn, onlyTheirs].map((each) => each.map((key) => key.slice(0, 12)).join(', '));
      throw different(first, second, `another ${name} (${kind} stage ${keys.join(' and ')})`);
    }
  }
}

/** A title is that of one method with every seed. */
function requireSameMethods(
  first: FoundStudy,
  second: FoundStudy,
  one: PolicyStudyData,
  other: PolicyStudyData,
): void {
  for (const { method } of other.runs) {
    const known = one.runs.find((run) => run.method.title === method.title);
    if (!known) continue;
    const { title, objective } = method;
    const names = namedAlike(one, other, objectiveSetting(title), known.method.objective, objective);
    const difference =
      names[0] === names[1] ? differenceOf(known.method, method) : `objective (${names.join(' and ')})`;
    if (difference !== undefined) throw different(first, second, `another ${difference} of ${method.title}`);
  }
}

/** The first option in which two methods differ, with what it is in each; undefined if they are one method. */
function differenceOf(one: StudyMethod, other: StudyMethod): string | undefined {
  const optionsOf = (method: StudyMethod): Readonly<Record<string, unknown>> => ({
    behavior: 'reference',
    ...method,
  });
  const [own, theirs] = [optionsOf(one), optionsOf(other)];
  const names = [...new Set([...Object.keys(own), ...Object.keys(theirs)])];
  const name = names.find((each) => !isDeepStrictEqual(own[each], theirs[each]));
  return name && `${name} (${shown(own[name])}, ${shown(theirs[name])})`;
}

/** The plans of two parts as one. */
function together(plans: readonly PlannedBetas[]): PlannedBetas[] {
  return plannedBetas(
    plans.flatMap(({ method, data, betas }) =>
      betas.map((beta) => ({ method: { title: method }, beta, data })),
    ),
  );
}

/** The command of a part with other seeds, and with its looks where the seeds no longer say them. */
function commandOf(study: PolicyStudyData): string {
  const { command, looks } = study;
  const seeds = seedsArgument(study);
  const asked = /--seeds (\S+)/.exec(command)?.[1];
  const replaced = command.replace(/--seeds \S+/, `--seeds ${seeds}`);
  const said = looks?.join(',');
  if (said === undefined || asked !== said || seeds === said) return replaced;
  return `${replaced} --set ${shellWord(`looks=[${said}]`)}`;
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

function pairsKey({ data, seed }: StudyPairs): string {
  return `${data}, seed ${seed}`;
}

function weightsKey({ method, beta, data, seed }: PairWeights): string {
  return `${method}, β = ${beta},${data === undefined ? '' : ` ${data},`} seed ${seed}`;
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
