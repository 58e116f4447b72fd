import { join } from 'node:path';
import { isLanguageModel, type RecordedEvaluation, readEvaluations } from '@ais/pipeline';
import { readMetrics } from '@ais/trainer/runs';
import { type StageRecord, type StageSpec, type StageStore, stagesInOrder } from '@ais/workflow';
import { plannedBetas } from '../data/planned-betas.js';
import type { ReportedPoint } from '../data/reported.js';
import { runTitle } from '../data/run-title.js';
import type { PolicyStudyData, StudyGold, StudyJudge, StudyPairs, StudyRun } from '../data/study-data.js';
import { startTitle } from '../data/study-words.js';
import type { PlannedRun, StudyPlan } from '../plan/study-plan.js';
import { isFinding } from '../plan/study-store.js';
import { percent } from '../report/number-format.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import { readProseVerdicts } from '../stages/prose-stage.js';
import type { Stage } from '../stages/stage-kinds.js';
import type { PolicyStudy } from '../study/study.js';
import { pairWeights } from './pair-weights.js';
import { promptFamilies } from './prompt-families.js';
import {
  flattenSettings,
  rateAtEqualLength,
  reportedPoint,
  reportedSamples,
} from './reported-evaluations.js';
import { trainingCurve } from './training-curve.js';

const SAMPLES = 8;

/**
 * Reads a study's data from the store. Runs that are not finished are left out; one is finished at least.
 *
 * @param facts what the store does not know
 */
export async function collectStudyData(
  definition: PolicyStudy,
  settings: PolicyStudySettings,
  plan: StudyPlan,
  store: StageStore,
  facts: { readonly command: string; readonly backend: string },
): Promise<PolicyStudyData> {
  const finished = await finishedRuns(plan, store);
  const runs: StudyRun[] = [];
  const evaluations = new Map<PlannedRun, RecordedEvaluation[]>();
  for (const planned of finished) {
    const folder = await store.open(planned.stage, isFinding);
    const own = await readEvaluations(folder);
    evaluations.set(planned, own);
    runs.push(await studyRun(planned, folder, own, store));
  }
  const [firstSeed] = settings.seeds;
  const shown = finished.filter(({ seed }) => seed === firstSeed);
  const [first] = shown;
  const policies = [
    ...(first
      ? [{ title: startTitle(settings.corpus.supervised), evaluation: evaluations.get(first)?.[0] }]
      : []),
    ...shown.flatMap((planned) =>
      shownEvaluations(evaluations.get(planned) ?? [], definition).map((evaluation, index, all) => ({
        title:
          runTitle(planned.run) +
          (index < all.length - 1 ? `, at ${percent(evaluation.fraction, 0)} of training` : ''),
        evaluation,
      })),
    ),
  ];
  const gold = await studyGold(plan, store);
  const judge = await studyJudge(plan, store);
  const corpus = await store.read(plan.corpus);
  const families = corpus && (await promptFamilies(await store.open(plan.corpus)));
  const policy = await store.read(plan.policy);
  const records = await recordsOf(
    finished.map(({ stage }) => stage),
    store,
  );
  const { study, scale, seeds, looks, source, runs: planned, ...others } = settings;
  const decisive = withoutUnusedJudging(others);
  return {
    study,
    scale,
    seeds,
    ...(looks && { looks }),
    source,
    ...(definition.file !== undefined && { file: definition.file }),
    command: facts.command,
    backend: facts.backend,
    versions: versionsOf(records),
    settings: flattenSettings(decisive),
    ...(await hashesOf(plan, store)),
    seconds: records.reduce((sum, record) => sum + record.seconds, 0),
    ...(corpus && { corpus: corpus.result }),
    ...(policy && { policy: { parameters: policy.result.parameters } }),
    ...(gold && { gold }),
    ...(judge && { judge }),
    stages: records.map(({ kind, key, seconds }) => ({ kind, key, seconds })),
    runs,
    planned: plannedBetas(planned),
    pairs: await studyPairs(finished, store),
    ...(families && { families }),
    samples: reportedSamples(policies, SAMPLES),
    ...(definition.keepsWeights && { weights: await pairWeights(finished, store) }),
  };
}

/** Hashes of what settings name, by the plan, and by the stages that read what has a name alone. */
async function hashesOf(
  { hashes: planned, policy, base }: StudyPlan,
  store: StageStore,
): Promise<Pick<PolicyStudyData, 'hashes'>> {
  const hashes: Record<string, string> = { ...planned };
  for (const [setting, stage] of Object.entries({ policy, 'gold.model': base })) {
    const weights = stage && (await store.read(stage))?.result.startingWeights;
    if (weights !== undefined) hashes[`${setting}.pretrained`] = weights;
  }
  return Object.keys(hashes).length > 0 ? { hashes } : {};
}

/** The evaluations whose responses are shown: the last one, after two along the way where the study says so. */
function shownEvaluations(
  evaluations: readonly RecordedEvaluation[],
  { showsSamplesAlong = false }: PolicyStudy,
): RecordedEvaluation[] {
  const last = evaluations.length - 1;
  const indexes = showsSamplesAlong ? [Math.round(last / 3), Math.round((2 * last) / 3), last] : [last];
  return [...new Set(indexes)].flatMap((index) => (index > 0 ? (evaluations[index] ?? []) : []));
}

/** The runs of a plan that are finished. */
export async function finishedRuns({ runs }: StudyPlan, store: StageStore): Promise<PlannedRun[]> {
  const states = await Promise.all(runs.map(({ stage }) => store.state(stage)));
  return runs.filter((_, index) => states[index] === 'finished');
}

async function studyRun(
  { run, seed, stage, prose }: PlannedRun,
  folder: string,
  evaluations: readonly RecordedEvaluation[],
  store: StageStore,
): Promise<StudyRun> {
  const { method, beta, data } = run;
  const record = await store.read(stage);
  const verdicts =
    prose && (await store.state(prose)) === 'finished'
      ? await readProseVerdicts(await store.open(prose))
      : undefined;
  const byRule = (at: number): Pick<ReportedPoint, 'prose'> => {
    if (verdicts?.step !== at) return {};
    const { winRate, outcomes, scores } = verdicts;
    return { prose: { ...winRate, outcomes, scores } };
  };
  const lines = await readMetrics(join(folder, 'metrics.jsonl'));
  return {
    method,
    beta,
    data,
    seed,
    points: evaluations.map((evaluation) => ({
      ...reportedPoint(evaluation),
      equalLength: rateAtEqualLength(evaluation),
      ...byRule(evaluation.step),
    })),
    training: trainingCurve(lines),
    seconds: record?.seconds ?? Number.NaN,
  };
}

async function studyGold({ gold }: StudyPlan, store: StageStore): Promise<StudyGold | undefined> {
  // An external judge has no accuracy on our pairs.
  const record = await store.read(gold as Stage<'gold'>);
  if (!record || gold.kind.name !== 'gold') return undefined;
  const { result } = record;
  return {
    parameters: result.parameters,
    accuracy: result.validationAccuracy,
    interval: result.validationInterval,
    pairs: result.validationPairs,
    logLoss: result.validationLogLoss,
    calibrationError: result.calibrationError,
  };
}

async function studyJudge({ gold }: StudyPlan, store: StageStore): Promise<StudyJudge | undefined> {
  const record = await store.read(gold as Stage<'judge'>);
  if (!record || gold.kind.name !== 'judge') return undefined;
  const { name, agreement } = record.result;
  return { name, ...(agreement && { agreement }) };
}

/** Settings without those of a language model where the judge is none, and without what decides nothing. */
function withoutUnusedJudging<S extends Pick<PolicyStudySettings, 'gold' | 'api' | 'judge' | 'agreement'>>(
  settings: S,
): object {
  const { api, judge, agreement, ...rest } = settings;
  const asked = isLanguageModel(settings.gold.judge) && {
    judge,
    ...(api.parameters && { api: { parameters: JSON.stringify(api.parameters) } }),
  };
  return { ...rest, ...asked, ...(agreement.pairs !== undefined && { agreement }) };
}

async function studyPairs(runs: readonly PlannedRun[], store: StageStore): Promise<StudyPairs[]> {
  const found = new Map<string, StudyPairs>();
  for (const { run, seed, pairs: stage } of runs) {
    const record = stage && !found.has(stage.key) ? await store.read(stage) : undefined;
    if (!stage || !record) continue;
    const { pairs, meanReward, meanMargin } = record.result;
    found.set(stage.key, { seed, data: run.data, pairs, meanReward, meanMargin });
  }
  return [...found.values()];
}

/** What the given stages and those that they rest on left. */
async function recordsOf(stages: readonly StageSpec[], store: StageStore): Promise<StageRecord[]> {
  const records = await Promise.all(stagesInOrder(stages).map((stage) => store.read(stage)));
  return records.flatMap((record) => record ?? []);
}

/** Each package's version, or its versions where stages were computed by several. */
function versionsOf(records: readonly StageRecord[]): Record<string, string> {
  const found = new Map<string, Set<string>>();
  for (const { versions } of records) {
    for (const [name, version] of Object.entries(versions))
      found.set(name, (found.get(name) ?? new Set()).add(version));
  }
  return Object.fromEntries([...found].map(([name, versions]) => [name, [...versions].join(', ')]));
}
