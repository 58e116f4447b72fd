import { join } from 'node:path';
import { type MetricsLine, readMetrics, readReferenceLogProbs } from '@ais/trainer';
import { loadSplit } from '../stages/corpus-stage.js';
import { loadEvaluations, type PolicyEvaluation } from '../stages/evaluate-policy.js';
import { behaviorPath, loadPairs, referencePath } from '../stages/pairs-stage.js';
import { finalLogProbsPath } from '../stages/preference-stage.js';
import { flattenSettings, reportedPoint, reportedSamples } from '../stages/reported-evaluations.js';
import { softwareVersions } from '../stages/software-versions.js';
import { type StageSpec, stagesInOrder } from '../stages/stage-spec.js';
import { runTitle } from './run-title.js';
import type {
  PairWeights,
  PolicyStudyData,
  StudyGold,
  StudyImportance,
  StudyPairs,
  StudyRun,
  TrainingPoint,
} from './study-data.js';
import type { PlannedRun, StudyPlan } from './study-plan.js';
import type { PolicyStudySettings } from './study-settings.js';
import type { StudyStore } from './study-store.js';

const SAMPLES = 8;
/** Stretches that a training curve is averaged over. */
const TRAINING_POINTS = 40;

/**
 * Reads a study's data from the store. Runs that are not finished are left out.
 *
 * @param facts what the store does not know
 */
export async function collectStudyData(
  settings: PolicyStudySettings & Pick<PolicyStudyData, 'study'>,
  plan: StudyPlan,
  store: StudyStore,
  facts: { readonly command: string; readonly backend: string },
): Promise<PolicyStudyData> {
  const finished = finishedRuns(plan, store);
  const runs: StudyRun[] = [];
  const evaluations = new Map<PlannedRun, PolicyEvaluation[]>();
  for (const planned of finished) {
    const own = await loadEvaluations(store.directory(planned.stage));
    evaluations.set(planned, own);
    runs.push(await studyRun(planned, own, store));
  }
  const [firstSeed] = settings.seeds;
  const shown = finished.filter(({ seed }) => seed === firstSeed);
  const [first] = shown;
  const policies = [
    ...(first ? [{ title: 'SFT', evaluation: evaluations.get(first)?.[0] }] : []),
    ...shown.map((planned) => ({
      title: runTitle(planned.run),
      evaluation: evaluations.get(planned)?.at(-1),
    })),
  ];
  const examples = await loadSplit(store.directory(plan.corpus), 'evaluation');
  const { study, scale, seeds, source, runs: _, ...decisive } = settings;
  return {
    study,
    scale,
    seeds,
    source,
    command: facts.command,
    backend: facts.backend,
    versions: softwareVersions(),
    settings: flattenSettings(decisive),
    seconds: await secondsOf(
      finished.map(({ stage }) => stage),
      store,
    ),
    runs,
    gold: await studyGold(plan, store),
    pairs: await studyPairs(finished, store),
    samples: reportedSamples(examples, policies, SAMPLES),
    ...(study === 'weights' && { weights: await studyWeights(finished, store) }),
  };
}

/** The runs of a plan that are finished. */
export function finishedRuns({ runs }: StudyPlan, store: StudyStore): PlannedRun[] {
  return runs.filter(({ stage }) => store.state(stage) === 'finished');
}

async function studyRun(
  { run, seed, stage }: PlannedRun,
  evaluations: readonly PolicyEvaluation[],
  store: StudyStore,
): Promise<StudyRun> {
  const { method, beta, data } = run;
  const record = await store.record(stage as StageSpec);
  const lines = await readMetrics(join(store.directory(stage), 'metrics.jsonl'));
  return {
    method,
    beta,
    data,
    seed,
    points: evaluations.map(reportedPoint),
    training: trainingCurve(lines),
    seconds: record?.seconds ?? Number.NaN,
  };
}

/** Metrics of the training steps, averaged over stretches of even length. */
export function trainingCurve(
  lines: readonly MetricsLine[],
  stretches: number = TRAINING_POINTS,
): TrainingPoint[] {
  const steps = lines.filter(({ event }) => event === 'train');
  const count = Math.min(stretches, steps.length);
  return Array.from({ length: count }, (_, index) => {
    const end = Math.round(((index + 1) * steps.length) / count);
    const stretch = steps.slice(Math.round((index * steps.length) / count), end);
    const mean = (name: string): number | undefined => {
      const values = stretch.flatMap((line) => (typeof line[name] === 'number' ? [line[name]] : []));
      return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const meanWeight = mean('weights/mean');
    const effective = mean('weights/effective_sample_size');
    return {
      fraction: end / steps.length,
      loss: mean('loss') ?? Number.NaN,
      accuracy: mean('rewards/accuracies') ?? Number.NaN,
      ...(meanWeight !== undefined && { meanWeight }),
      ...(effective !== undefined && { effectiveSampleSize: effective }),
    };
  });
}

async function studyGold(plan: StudyPlan, store: StudyStore): Promise<StudyGold[]> {
  const gold: StudyGold[] = [];
  for (const { seed, stage } of plan.gold) {
    const record = await store.record(stage);
    if (!record) continue;
    const { parameters, validationAccuracy, validationPairs } = record.result;
    gold.push({ seed, parameters, accuracy: validationAccuracy, pairs: validationPairs });
  }
  return gold;
}

async function studyPairs(runs: readonly PlannedRun[], store: StudyStore): Promise<StudyPairs[]> {
  const found = new Map<string, StudyPairs>();
  for (const { run, seed, pairs: stage } of runs) {
    const record = stage && !found.has(stage.key) ? await store.record(stage) : undefined;
    if (!stage || !record) continue;
    const { pairs, meanReward, meanMargin } = record.result;
    found.set(stage.key, { seed, data: run.data, pairs, meanReward, meanMargin });
  }
  return [...found.values()];
}

async function studyWeights(runs: readonly PlannedRun[], store: StudyStore): Promise<PairWeights[]> {
  const weights: PairWeights[] = [];
  for (const { run, seed, stage, pairs: pairsStage } of runs) {
    const { method, beta } = run;
    const final = await readReferenceLogProbs(finalLogProbsPath(store.directory(stage)));
    if (!final || !pairsStage || method.importance.kind === 'none') continue;
    const folder = store.directory(pairsStage);
    const behavior = await readReferenceLogProbs(
      method.behavior ? behaviorPath(folder) : referencePath(folder),
    );
    const pairs = (await loadPairs(folder)).slice(0, final.chosen.length);
    const { importance } = method;
    weights.push({
      method: method.title,
      beta,
      seed,
      logWeight: pairs.map(({ chosen, rejected }, index) => {
        const ratio = (side: 'chosen' | 'rejected'): number =>
          (final[side][index] ?? Number.NaN) - (behavior?.[side][index] ?? Number.NaN);
        return rounded(
          logWeight(importance, [
            { ratio: ratio('chosen'), length: chosen.length },
            { ratio: ratio('rejected'), length: rejected.length },
          ]),
        );
      }),
      goldMargin: pairs.map(({ margin }) => rounded(margin)),
      chosenLength: pairs.map(({ chosen }) => chosen.length),
      rejectedLength: pairs.map(({ rejected }) => rejected.length),
    });
  }
  return weights;
}

/** log w = Σ α(|y|)·s over the two responses, within the bound that the method has. */
export function logWeight(
  importance: Exclude<StudyImportance, { kind: 'none' }>,
  responses: readonly { readonly ratio: number; readonly length: number }[],
): number {
  const alpha = (length: number): number => {
    if (importance.kind === 'fixed') return importance.alpha;
    return importance.kind === 'adaptive' ? 1 / length : 1 / Math.sqrt(length);
  };
  const sum = responses.reduce((total, { ratio, length }) => total + alpha(length) * ratio, 0);
  const limit = importance.kind === 'fixed' ? importance.logWeightLimit : undefined;
  return limit === undefined ? sum : Math.min(limit, sum);
}

async function secondsOf(stages: readonly StageSpec[], store: StudyStore): Promise<number> {
  let total = 0;
  for (const stage of stagesInOrder(stages)) total += (await store.record(stage))?.seconds ?? 0;
  return total;
}

/** Four digits after the point: enough for a histogram of thousands. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
