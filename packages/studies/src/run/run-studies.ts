import { join } from 'node:path';
import {
  type ExecutionContext,
  runStages,
  type StageRecord,
  type StageSpec,
  type StageStore,
} from '@ais/workflow';
import { type StudyCatalog, studyCatalog } from '../catalog/catalog.js';
import { hasOpenClaim } from '../claims/judge-claims.js';
import { collectExactData } from '../collect/collect-exact-data.js';
import { collectStudyData, finishedRuns } from '../collect/collect-study-data.js';
import { writeStudyData } from '../collect/write-study-data.js';
import {
  isPolicyStudy,
  type MixtureStudyData,
  type PolicyStudyData,
  type StudyData,
} from '../data/study-data.js';
import { StagesFailed } from '../errors.js';
import type { NamedStages } from '../plan/stage-titles.js';
import { atLook, lookCount } from '../plan/study-looks.js';
import type { StudyPlan } from '../plan/study-plan.js';
import { stagesOfStudies } from '../plan/study-stages.js';
import { stagesLeft, studyStore } from '../plan/study-store.js';
import {
  isExactSettings,
  isMixtureSettings,
  type MixtureStudySettings,
  type PolicyStudySettings,
  type StudySettings,
} from '../settings/study-settings.js';
import { softwareVersions } from '../stages/software-versions.js';
import { onlyFinished, requireProcesses, stageExecutor } from '../stages/stage-executor.js';
import {
  type ComputedStudy,
  isComputed,
  type PolicyStudy,
  type Study,
  trainsPolicies,
} from '../study/study.js';
import { writeStudyReport } from '../study-report/study-report-files.js';

/** How far the stages of studies have come. */
export interface StudyStanding {
  readonly finished: number;
  readonly total: number;
  /** Seconds until the end, of the stages whose time is known. */
  readonly expectedSeconds: number;
  /** Stages still to be done of whose time nothing is known. */
  readonly unknown: number;
}

/** Options of `runStudies`. */
export interface RunStudiesOptions extends Partial<ExecutionContext> {
  readonly studies: readonly StudySettings[];
  /** Where the studies are defined; the built-in ones by default. */
  readonly catalog?: StudyCatalog;
  /** Where stages are kept; studies share it: a folder, or `s3://bucket/prefix`. */
  readonly store: string;
  /** Where the data go: a folder for each study. */
  readonly out: string;
  /** Stages at work at once, each in a process of its own; 1 does them in this one. */
  readonly processes?: number;
  /** The Redis server whose workers run the stages instead, `redis://…` or `rediss://…`, and the queue's name there. */
  readonly redis?: string;
  readonly queue?: string;
  /** Of stages that can begin, those of studies with a larger number do first; 0 by default. */
  readonly priority?: number;
  /** Whether no stage is run, and data and report are of what is finished. */
  readonly onlyFinished?: boolean;
  /** The back end that computes, as `useBackend` reported it. */
  readonly backend: { readonly backend: string };
  /** Told what stages cut or left out, in words. */
  readonly onWarning?: (message: string) => void;
  /** Told at the start, and whenever a stage is done. */
  readonly onStages?: (standing: StudyStanding) => void;
  /** The command that makes a study's data again. */
  readonly command?: (settings: StudySettings) => string;
}

/**
 * Runs studies: executes in parallel every stage that the store lacks, then writes their data to `out`
 * (`<study>/study.json`, `points.csv`, `training.csv`) and what they show: see `writeStudyReport`. Of several studies each is
 * written when its stages are done.
 *
 * A study with looks is done look by look, and goes no further than the first that leaves none of its claims open.
 *
 * It can be stopped at any moment and called again: it resumes.
 *
 * @returns the data of each study
 * @throws {StudyError} `invalid-settings` for a number of processes that is not an integer, or below 1; {PipelineError} naming a setting that
 *   is out of range
 * @throws {StagesFailed} where stages failed; the runs that do not rest on them are still finished and written
 * @throws the signal's reason, or what a stopped training throws, when the signal aborts
 * @example
 * const { settings, store } = await configureStudies({ name: 'fig1', assignments: ['pairs=100'] }, 'runs/study-store');
 * const [study] = await runStudies({ studies: settings, store, out: 'runs/fig1-small', backend: await useBackend('wasm') });
 * console.log(study?.study); // fig1
 */
export async function runStudies(options: RunStudiesOptions): Promise<StudyData[]> {
  const { catalog = studyCatalog() } = options;
  const looks = options.studies.map(() => 0);
  for (;;) {
    const studies = options.studies.map((settings, index) => atLook(settings, looks[index] ?? 0));
    const data = await runToLook({ ...options, studies, catalog });
    const open = openStudies(data, catalog);
    const further = options.studies.flatMap((settings, index) =>
      open.has(settings.study) && (looks[index] ?? 0) + 1 < lookCount(settings) ? [index] : [],
    );
    if (further.length === 0) return data;
    for (const index of further) looks[index] = (looks[index] ?? 0) + 1;
  }
}

/** The studies of which a claim is open. */
function openStudies(data: readonly StudyData[], catalog: StudyCatalog): ReadonlySet<string> {
  return new Set(
    data.flatMap((study) => {
      const definition = catalog.find(study.study);
      if (!definition || !trainsPolicies(definition) || !isPolicyStudy(study)) return [];
      return hasOpenClaim(definition.claims, study) ? [study.study] : [];
    }),
  );
}

async function runToLook(
  options: RunStudiesOptions & { readonly catalog: StudyCatalog },
): Promise<StudyData[]> {
  const { studies, out, backend, command = () => '', catalog } = options;
  const write = async (settled: readonly StudySettings[], finished: FinishedStages): Promise<StudyData[]> => {
    const data: StudyData[] = [];
    for (const settings of settled) {
      const facts = { command: command(settings), backend: backend.backend };
      const plan = finished.plans.get(settings);
      const own = await dataOf(definitionOf(settings, catalog), settings, plan, finished.store, facts);
      if (!own) continue;
      await writeStudyData(join(out, own.study), own);
      data.push(own);
    }
    if (data.length > 0) await writeStudyReport(out, data, { catalog });
    return data;
  };
  const finished = await finishStages(options, async (settled, sofar) => {
    if (settled.length < studies.length) await write(settled, sofar);
  });
  const data = await write(studies, finished);
  if (finished.failure) throw finished.failure(data.length > 0);
  return data;
}

/** The stages of studies, done as far as they can be. */
export interface FinishedStages {
  readonly store: StageStore;
  readonly plans: ReadonlyMap<StudySettings, StudyPlan>;
  /** What to throw where stages failed: it says where the data are, if any were written. */
  readonly failure?: (isWritten: boolean) => StagesFailed;
}

/**
 * Does all stages of studies that the store does not hold yet; throws only when the signal aborts.
 *
 * @param onStudies told of the studies that are done, in their order, whenever there is another one
 */
export async function finishStages(
  options: RunStudiesOptions,
  onStudies: (done: readonly StudySettings[], sofar: FinishedStages) => Promise<void> = async () => {},
): Promise<FinishedStages> {
  const { studies, backend, processes = 1 } = options;
  requireProcesses(processes);
  const { signal = new AbortController().signal, progress = () => {} } = options;
  const { onStages = () => {}, onWarning = () => {} } = options;
  const store = await studyStore(options.store);
  const { plans, targetsOf, targets, stages, names } = await stagesOfStudies(studies, backend.backend);
  const left = await stagesLeft(stages, store);
  const standing = (): StudyStanding => {
    const { seconds, unknown } = left.time();
    const [finished, total] = [stages.length - left.count, stages.length];
    return { finished, total, expectedSeconds: seconds / processes, unknown };
  };
  onStages(standing());
  /** Of each study, the keys of the targets that are left. */
  const open = studies.map((settings) => {
    const unfinished = (targetsOf.get(settings) ?? []).filter((stage) => left.has(stage));
    return new Set(unfinished.map(({ key }) => key));
  });
  const areDone = (): StudySettings[] => studies.filter((_settings, place) => open[place]?.size === 0);
  let done = areDone().length;
  const { redis, queue, priority } = options;
  const executor = options.onlyFinished
    ? onlyFinished(store)
    : await stageExecutor(store, {
        processes,
        onWarning,
        ...(redis !== undefined && { redis }),
        ...(queue !== undefined && { queue }),
      });
  const { failures } = await runStages(targets, {
    store,
    executor,
    names,
    signal,
    progress,
    ...(priority !== undefined && { priority: () => priority }),
    onDone: async (stage) => {
      const record = await store.read(stage);
      if (!record || !left.finish(record)) return;
      for (const keys of open) keys.delete(stage.key);
      for (const remark of remarksOf(record)) onWarning(remark);
      onStages(standing());
      const settled = areDone();
      if (settled.length > done) await onStudies(settled, { store, plans });
      done = settled.length;
    },
  }).finally(() => executor.close?.());
  if (signal.aborted) throw failures[0]?.error ?? signal.reason;
  return {
    store,
    plans,
    ...(failures.length > 0 && {
      failure: (isWritten: boolean) => failed(failures, names, whatNext(options, isWritten)),
    }),
  };
}

/** What a finished stage says that it cut or left out. */
function remarksOf({ result }: StageRecord): readonly string[] {
  const { remarks = [] } = (result ?? {}) as { readonly remarks?: readonly string[] };
  return remarks;
}

/** A search has settings and no definition. */
function definitionOf({ study }: StudySettings, catalog: StudyCatalog): Study | undefined {
  return catalog.find(study);
}

/** The data of a study, of those of its runs that are finished; nothing if none is. */
async function dataOf(
  definition: Study | undefined,
  settings: StudySettings,
  plan: StudyPlan | undefined,
  store: StageStore,
  facts: { readonly command: string; readonly backend: string },
): Promise<StudyData | undefined> {
  if (!definition) return undefined;
  if (isComputed(definition)) {
    return isMixtureSettings(settings) ? computedData(definition, settings, facts) : undefined;
  }
  if (isExactSettings(settings)) return collectExactData(settings, store, facts.command, softwareVersions());
  if (!plan || !trainsPolicies(definition) || isMixtureSettings(settings)) return undefined;
  return finishedData(definition, settings, plan, store, facts);
}

async function finishedData(
  definition: PolicyStudy,
  settings: PolicyStudySettings,
  plan: StudyPlan,
  store: StageStore,
  facts: { readonly command: string; readonly backend: string },
): Promise<PolicyStudyData | undefined> {
  if ((await finishedRuns(plan, store)).length === 0) return undefined;
  return collectStudyData(definition, settings, plan, store, facts);
}

function computedData(
  { name, compute }: ComputedStudy,
  { scale, seeds, pairs }: MixtureStudySettings,
  facts: { readonly command: string; readonly backend: string },
): MixtureStudyData {
  const started = performance.now();
  const mixture = compute({ seed: seeds[0] ?? 1, pairs });
  return {
    study: name,
    scale,
    seeds,
    ...facts,
    versions: softwareVersions(),
    settings: { pairs },
    seconds: (performance.now() - started) / 1000,
    mixture,
  };
}

function failed(
  failures: readonly { readonly stage: StageSpec; readonly error: Error }[],
  { title, suffix }: NamedStages,
  next: string,
): StagesFailed {
  return new StagesFailed(
    failures.map(({ stage, error }) => ({ title: `${title(stage)}${suffix(stage)}`, error })),
    next,
  );
}

/** Where the data are, if any were written, and what runs the stages that are left. */
function whatNext({ out, onlyFinished = false }: RunStudiesOptions, isWritten: boolean): string {
  if (onlyFinished) {
    const rest = 'give the same command without --only-finished.';
    return isWritten
      ? `The data of what is finished are in ${out}. To run the rest, ${rest}`
      : `No run is finished, so no data were written. To run the stages, ${rest}`;
  }
  const data = isWritten ? `, and its data are in ${out}` : '; no run is among it, so no data were written';
  return `What does not depend on them was finished${data}. Run the same command to resume.`;
}
