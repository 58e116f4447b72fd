import { type ChosenObjective, outsideNames, tryObjective } from '@ais/pipeline';
import { stageSpec } from '@ais/workflow';
import { objectiveSetting } from '../data/study-data.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';
import { StudyError } from '../errors.js';
import {
  isPolicySettings,
  type PolicyStudySettings,
  type StudySettings,
} from '../settings/study-settings.js';
import { type ContentHashes, contentHashes } from '../stages/content-hashes.js';
import { type Stage, stageKinds } from '../stages/stage-kinds.js';
import { NamedFiles } from './named-files.js';
import { isEvaluatedAlong, type KeyedObjective, type RunStages, runStages } from './seed-stages.js';
import { corpusStage, type Models, modelStages } from './shared-stages.js';

/** One run with one seed, and the stages that it is read from. */
export interface PlannedRun extends RunStages {
  readonly run: StudyRunSettings;
  readonly seed: number;
  /** What a second judge says of it; absent where there is none, and for runs that are evaluated at their end alone. */
  readonly prose?: Stage<'prose'>;
}

/** The last stage of a run: what has to be done for all of it to be there. */
export function targetOf({ stage, prose }: PlannedRun): Stage<'preference' | 'online' | 'prose'> {
  return prose ?? stage;
}

/** What a study does, as stages. */
export interface StudyPlan extends Models {
  readonly runs: readonly PlannedRun[];
  /** Of each setting that names a file, a folder, or a package, a hash of what is in it. */
  readonly hashes: Readonly<Record<string, string>>;
}

/**
 * The plans of those studies that train policies; a file that several of them name is read once.
 *
 * Every objective is tried on a few examples by the back end at hand.
 *
 * @throws {PipelineError} for an unknown objective or option, one that cannot be used, or a file or a model's folder that cannot
 *   be read
 * @throws {StudyError} `invalid-settings` for an objective that learns from labeled responses, or from samples where a run names data
 */
export async function planStudies(
  studies: readonly StudySettings[],
  backend: string,
): Promise<Map<StudySettings, StudyPlan>> {
  const hashes = contentHashes();
  const plans = new Map<StudySettings, StudyPlan>();
  for (const settings of studies) {
    if (isPolicySettings(settings)) plans.set(settings, await planStudy(settings, backend, hashes));
  }
  return plans;
}

/** The stages of a study on a back end. Equal stages of two studies have equal keys, which is how they share them. */
export async function planStudy(
  settings: PolicyStudySettings,
  backend: string,
  hashes: ContentHashes = contentHashes(),
): Promise<StudyPlan> {
  const named = new NamedFiles();
  const corpus = await corpusStage(settings, { hashes, named });
  const models = await modelStages(settings, corpus, backend, { hashes, named });
  const objectives = await triedObjectives(settings);
  // The run that D2 and D3 are sampled from is one of DPO.
  const readsReference =
    settings.runs.some(({ data }) => data !== 'D1') ||
    [...objectives.values()].some(({ online, objective }) => !online && objective.requires.reference);
  const keyed = new Map<StudyRunSettings, KeyedObjective>();
  for (const run of settings.runs) keyed.set(run, await keyedObjective(run, hashes, named));
  return {
    ...models,
    hashes: named.hashes,
    runs: settings.seeds.flatMap((seed) => {
      const stages = runStages(settings, models, { seed, backend, readsReference, named });
      return settings.runs.map((run) => {
        const objective = keyed.get(run) ?? run.method;
        const make = objectives.get(run)?.online ? stages.online : stages.offline;
        const found = make(run, objective);
        const isRead = isEvaluatedAlong(settings, run);
        return { run, seed, ...found, ...(isRead && proseOf(settings, models, found.stage, backend)) };
      });
    }),
  };
}

/** The stage of the second judge, where there is one. */
function proseOf(
  { evaluation, preference: { microBatchSize } }: PolicyStudySettings,
  { corpus, policy, base = policy }: Models,
  run: PlannedRun['stage'],
  backend: string,
): Pick<PlannedRun, 'prose'> {
  if (evaluation.secondJudge === undefined) return {};
  return { prose: stageSpec(stageKinds.prose, { microBatchSize }, { corpus, base, run }, backend) };
}

/** An objective as keys have it. */
async function keyedObjective(
  { method: { title, objective } }: StudyRunSettings,
  hashes: ContentHashes,
  named: NamedFiles,
): Promise<KeyedObjective> {
  const setting = objectiveSetting(title);
  const name = named.name(setting, objective, await hashes.objective('runs', objective));
  // What is neither built in nor a file is a package.
  const isPackage = name === objective && outsideNames({ objective }).length > 0;
  const hash = isPackage ? await hashes.package('runs', objective) : undefined;
  return { objective: name, ...named.hashed(setting, 'objectiveHash', hash) };
}

/** The objective of each run; whatever is wrong with one comes out before the first stage. */
async function triedObjectives({
  runs,
}: PolicyStudySettings): Promise<Map<StudyRunSettings, ChosenObjective>> {
  const known = new Map<string, ChosenObjective>();
  const found = new Map<StudyRunSettings, ChosenObjective>();
  for (const run of runs) {
    const { objective, objectiveOptions = {}, importance } = run.method;
    const settings = { objective, objectiveOptions, beta: run.beta, importance };
    const key = JSON.stringify(settings);
    const chosen = known.get(key) ?? (await tryObjective(settings));
    known.set(key, chosen);
    requirePairs(run, chosen);
    found.set(run, chosen);
  }
  return found;
}

/** @throws {StudyError} `invalid-settings` for an objective that does not learn from what a study has for it */
function requirePairs(
  { method: { title, objective }, data }: StudyRunSettings,
  chosen: ChosenObjective,
): void {
  if (chosen.feedback === 'unpaired') {
    throw new StudyError(
      'invalid-settings',
      `runs: ${title} (${objective}) learns from labeled responses one by one, and studies train on pairs. Choose an objective that learns from pairs or samples, or train it with ais train --objective ${objective}.`,
    );
  }
  if (chosen.online && data !== 'D1') {
    throw new StudyError(
      'invalid-settings',
      `runs: ${title} (${objective}) learns from its own samples, so it cannot learn from ${data}. Leave out data.`,
    );
  }
}
